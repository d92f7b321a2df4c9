{%- set minimum = behavior_setting("minimum_people") %}

with
    counted as (
        select
            stickiness_name,
            period_date,
            active_interval_count,
            count(*) as people_count,
            max(loaded_at) as loaded_at
        from {{ ref("int_behavior__stickiness_people") }}
        group by stickiness_name, period_date, active_interval_count
    ),
    ended as (
        {%- for stickiness in behavior_definitions("stickiness") %}
            select
                c.*,
                '{{ stickiness.period }}' as period,
                '{{ stickiness.interval }}' as interval,
                {{ reporting_midnight_at(last_interval_end("c.period_date", stickiness)) }}
                <= {{ observed_until() }} as is_mature,
                sum(c.people_count) over (partition by c.period_date) as active_people_count
            from counted as c
            where c.stickiness_name = '{{ stickiness.name }}'
            union all
        {%- endfor %}
        select
            c.*,
            cast(null as string) as period,
            cast(null as string) as interval,
            false as is_mature,
            cast(null as bigint) as active_people_count
        from counted as c
        where false
    )

select
    stickiness_name,
    interval,
    period,
    period_date,
    active_interval_count,
    cast(active_people_count as bigint) as active_people_count,
    case when is_mature and people_count >= {{ minimum }} then people_count end as people_count,
    case
        when is_mature and people_count >= {{ minimum }}
        then {{ ratio("people_count", "active_people_count") }}
    end as people_share_ratio,
    is_mature,
    people_count < {{ minimum }} as is_withheld,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from ended
