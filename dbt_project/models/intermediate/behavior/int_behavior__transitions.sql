{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people() }}",
    )
}}

{#- Events of one instant go by their key, so that the order does not depend on how they arrived. -#}
{%- set people = ref("int_behavior__people") %}
{%- set session = "partition by domain, person_id, session_key" %}
{%- set ends = ["(start)", "(end)"] %}

with
    steps as (
        select
            domain,
            person_id,
            session_key,
            kind,
            lead(kind) over ({{ session }} order by occurred_at, event_key) as next_kind,
            lag(kind) over ({{ session }} order by occurred_at, event_key) is null as is_first,
            {{ unix_micros("lead(occurred_at) over (" ~ session ~ " order by occurred_at, event_key)") }}
            - {{ unix_micros("occurred_at") }} as gap_micros,
            first_value(event_date) over ({{ session }} order by occurred_at, event_key) as session_date
        from {{ events_in_sessions() }} as e
    ),
    -- A session's first event twice, as its start as well. A union of two looks would keep all steps in
    -- memory.
    transitions as (
        select
            domain,
            person_id,
            session_key,
            session_date,
            case when is_start then '(start)' else {{ beside_names("kind", ends) }} end as from_kind,
            case
                when is_start
                then {{ beside_names("kind", ends) }}
                else coalesce({{ beside_names("next_kind", ends) }}, '(end)')
            end as to_kind,
            case when not is_start then gap_micros end as gap_micros
        from steps
        cross join
            (
                select false as is_start
                union all
                select true as is_start
            ) as ways
        where is_first or not is_start
    )

select
    t.domain,
    t.person_id,
    t.session_key,
    t.session_date,
    t.from_kind,
    t.to_kind,
    count(*) as transition_count,
    cast(sum(t.gap_micros) as bigint) as gap_micros,
    lag(t.session_date) over (
        partition by t.person_id, t.domain, t.from_kind, t.to_kind order by t.session_date, t.session_key
    ) as date_before,
    {{ newest_batch_id(people) }} as batch_id,
    max(p.loaded_at) as loaded_at
from transitions as t
inner join {{ people }} as p on p.person_id = t.person_id
group by t.domain, t.person_id, t.session_key, t.session_date, t.from_kind, t.to_kind
