{%- set minimum = behavior_setting("minimum_people") %}
{%- set definitions = behavior_definitions("lifecycle") %}

with
    counted as (
        select lifecycle_name, interval_date, state, count(*) as people_count, max(loaded_at) as loaded_at
        from {{ ref("int_behavior__lifecycle_people") }}
        group by lifecycle_name, interval_date, state
    ),
    ended as (
        {%- for lifecycle in definitions %}
            select
                c.*,
                '{{ lifecycle.interval }}' as interval,
                {{ reporting_midnight_at(shifted_date("c.interval_date", lifecycle.interval, 1)) }}
                <= {{ observed_until() }} as is_mature
            from counted as c
            where c.lifecycle_name = '{{ lifecycle.name }}'
            union all
        {%- endfor %}
        select c.*, cast(null as string) as interval, false as is_mature
        from counted as c
        where false
    )

select
    lifecycle_name,
    interval,
    interval_date,
    state,
    case when is_mature and people_count >= {{ minimum }} then people_count end as people_count,
    is_mature,
    people_count < {{ minimum }} as is_withheld,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from ended
-- Nobody is dormant yet in an interval that has not begun.
where state <> 'dormant' or {{ reporting_midnight_at("interval_date") }} <= {{ observed_until() }}
