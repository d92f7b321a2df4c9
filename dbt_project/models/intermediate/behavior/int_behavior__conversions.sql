{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people('revenue') }}",
    )
}}

{#- Each purchase with the last steps of its session before it, and with the path that the client reports. -#}
{%- set people = ref("int_behavior__people") %}
{%- set events = behavior_events({"key": behavior_key("revenue")}) %}
{%- set revenue = behavior_setting("revenue") %}
{%- set order = "partition by e.person_id, e.session_key order by e.occurred_at, e.event_key" %}
{%- set length = path_length() %}
{%- set kinds = [] -%}
{%- for place in range(length - 1, -1, -1) -%} {%- do kinds.append("l.kind_" ~ place) -%} {%- endfor %}

with
    buying_sessions as (
        select distinct e.person_id, e.session_key
        from {{ events }} as e
        where {{ revenue.condition }} and e.session_key is not null
    ),
    marked as (
        select
            e.*,
            case when lag(e.kind) over ({{ order }}) is distinct from e.kind then e.kind end as changed_kind
        from {{ events }} as e
        inner join buying_sessions as b on b.person_id = e.person_id and b.session_key = e.session_key
        where e.domain = '{{ revenue.domain }}'
    ),
    looked_back as (
        select
            e.person_id,
            e.event_key,
            e.event_date,
            e.currency,
            e.amount,
            e.conversion_path,
            e.kind as kind_0,
            {{ revenue.condition }} as is_purchase,
            {%- for place in range(1, length) %}
                -- a purchase right after another one shares its path
                case
                    when e.changed_kind is not null
                    then {{ kind_before("e.changed_kind", place, order) }}
                    else {{ kind_before("e.changed_kind", place + 1, order) }}
                end as kind_{{ place }} {{- "," if not loop.last }}
            {%- endfor %}
        from marked as e
    ),
    purchases as (
        select
            l.person_id,
            l.event_key,
            l.event_date,
            coalesce(l.currency, 'XXX') as currency,
            l.amount,
            {{ path_to_end(kinds) }} as observed_path,
            {{ json_strings("l.conversion_path") }} as reported_path
        from looked_back as l
        where l.is_purchase
    )

select
    b.person_id,
    b.event_key,
    b.event_date,
    b.currency,
    b.amount,
    b.observed_path,
    {{ beside_names("b.reported_path", [withheld_path()]) }} as reported_path,
    {%- for kind in ["observed", "reported"] %}
        lag(b.event_date) over (
            partition by b.person_id, b.currency, b.{{ kind }}_path order by b.event_date, b.event_key
        ) as {{ kind }}_date_before,
    {%- endfor %}
    '{{ behavior_key("revenue") }}' as definition_key,
    {{ newest_batch_id(people) }} as batch_id,
    p.loaded_at
from purchases as b
inner join {{ people }} as p on p.person_id = b.person_id
