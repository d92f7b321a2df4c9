{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people('lifecycle') }}",
    )
}}

{%- set people = ref("int_behavior__people") %}

with
    active as (
        {%- for lifecycle in behavior_definitions("lifecycle") %}
            {%- set events = behavior_events(lifecycle) %}
            select
                '{{ lifecycle.name }}' as lifecycle_name,
                e.person_id,
                {{ interval_start("e.event_date", lifecycle.interval) }} as interval_date,
                '{{ lifecycle.key }}' as definition_key
            from {{ events }} as e
            where {{ lifecycle.event.condition }}
            group by e.person_id, {{ interval_start("e.event_date", lifecycle.interval) }}
            union all
        {%- endfor %}
        select
            cast(null as string) as lifecycle_name,
            cast(null as string) as person_id,
            cast(null as date) as interval_date,
            cast(null as string) as definition_key
        where false
    ),
    neighbours as (
        select
            *,
            lag(interval_date) over (
                partition by lifecycle_name, person_id order by interval_date
            ) as date_before,
            lead(interval_date) over (
                partition by lifecycle_name, person_id order by interval_date
            ) as date_after
        from active
    ),
    {%- set next_dates %}
        case lifecycle_name
            {#- Of no lifecycle: without a branch, where none is defined, this would be no expression. #}
            when '' then DATE_OF_INTERVAL
            {%- for lifecycle in behavior_definitions("lifecycle") %}
                when '{{ lifecycle.name }}' then {{ shifted_date("DATE_OF_INTERVAL", lifecycle.interval, 1) }}
            {%- endfor %}
            else DATE_OF_INTERVAL
        end
    {%- endset %}
    dated as (
        select
            *,
            {{ next_dates | replace("DATE_OF_INTERVAL", "interval_date") }} as next_date,
            {{ next_dates | replace("DATE_OF_INTERVAL", "date_before") }} as next_date_before
        from neighbours
    ),
    states as (
        select
            lifecycle_name,
            person_id,
            interval_date,
            case
                when date_before is null
                then 'new'
                when next_date_before = interval_date
                then 'returning'
                else 'resurrecting'
            end as state,
            definition_key
        from dated
        union all
        select lifecycle_name, person_id, next_date as interval_date, 'dormant' as state, definition_key
        from dated
        where date_after is null or date_after > next_date
    )

select s.*, {{ newest_batch_id(people) }} as batch_id, p.loaded_at
from states as s
inner join {{ people }} as p on p.person_id = s.person_id
