{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people('stickiness') }}",
    )
}}

{%- set people = ref("int_behavior__people") %}

with
    -- a week that two months share is one of the month in which it starts
    periods as (
        {%- for stickiness in behavior_definitions("stickiness") %}
            {%- set events = behavior_events(stickiness) %}
            {%- set interval_date = interval_start("e.event_date", stickiness.interval) %}
            {%- set period_date = interval_start(interval_date, stickiness.period) %}
            select
                '{{ stickiness.name }}' as stickiness_name,
                e.person_id,
                {{ period_date }} as period_date,
                count(distinct {{ interval_date }}) as active_interval_count,
                '{{ stickiness.key }}' as definition_key
            from {{ events }} as e
            where {{ stickiness.event.condition }}
            group by e.person_id, {{ period_date }}
            union all
        {%- endfor %}
        select
            cast(null as string) as stickiness_name,
            cast(null as string) as person_id,
            cast(null as date) as period_date,
            cast(null as bigint) as active_interval_count,
            cast(null as string) as definition_key
        where false
    )

select s.*, {{ newest_batch_id(people) }} as batch_id, p.loaded_at
from periods as s
inner join {{ people }} as p on p.person_id = s.person_id
