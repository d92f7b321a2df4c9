{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people() }}",
    )
}}

{#- The first steps of a session; a step that repeats the one before is one step. -#}
{%- set people = ref("int_behavior__people") %}
{%- set order = "partition by domain, person_id, session_key order by occurred_at, event_key" %}
{%- set kinds = [] -%}
{%- for place in range(1, path_length() + 1) -%} {%- do kinds.append("s.kind_" ~ place) -%} {%- endfor %}

with
    changes as (
        select domain, person_id, session_key, kind, occurred_at, event_key, event_date
        from {{ events_in_sessions() }} as e
        qualify lag(kind) over ({{ order }}) is distinct from kind
    ),
    numbered as (
        select domain, person_id, session_key, kind, event_date, row_number() over ({{ order }}) as place
        from changes
        qualify place <= {{ path_length() + 1 }}
    ),
    spread as (
        select
            domain,
            person_id,
            session_key,
            min(event_date) as session_date,
            {% for place in range(1, path_length() + 1) -%}
                max(case when place = {{ place }} then kind end) as kind_{{ place }},
            {% endfor -%}
            count(*) > {{ path_length() }} as is_longer
        from numbered
        group by domain, person_id, session_key
    ),
    paths as (
        select
            s.domain,
            s.person_id,
            s.session_key,
            s.session_date,
            {{ beside_names(path_from_start(kinds), [withheld_path()]) }}
            || case when s.is_longer then ' > ...' else '' end as path
        from spread as s
    )

select
    s.*,
    lag(s.session_date) over (
        partition by s.person_id, s.domain, s.path order by s.session_date, s.session_key
    ) as date_before,
    {{ newest_batch_id(people) }} as batch_id,
    p.loaded_at
from paths as s
inner join {{ people }} as p on p.person_id = s.person_id
