{#- Paths that few people took could tell who they are: they are one row together. -#}
{%- set minimum = behavior_setting("minimum_people") %}

with
    sessions as (
        {%- for timeframe in journey_timeframes() %}
            select
                domain,
                '{{ timeframe }}' as timeframe,
                {{ timeframe_start("session_date", timeframe) }} as period_date,
                path,
                person_id,
                count(*) as session_count,
                max(loaded_at) as loaded_at
            from {{ ref("int_behavior__session_paths") }}
            group by
                domain,
                {{ timeframe_start("session_date", timeframe) }},
                path,
                person_id
                {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    paths as (
        select domain, timeframe, period_date, path, count(*) as people_count
        from sessions
        group by domain, timeframe, period_date, path
    ),
    shown as (
        select
            s.domain,
            s.timeframe,
            s.period_date,
            case when p.people_count >= {{ minimum }} then s.path else '{{ withheld_path() }}' end as path,
            s.person_id,
            s.session_count,
            s.loaded_at
        from sessions as s
        inner join
            paths as p
            on p.domain = s.domain
            and p.timeframe = s.timeframe
            and p.period_date is not distinct from s.period_date
            and p.path = s.path
    ),
    totals as (
        select
            domain,
            timeframe,
            period_date,
            path,
            cast(sum(session_count) as bigint) as session_count,
            count(distinct person_id) as people_count,
            max(loaded_at) as loaded_at
        from shown
        group by domain, timeframe, period_date, path
    )

select
    domain,
    timeframe,
    period_date,
    path,
    rank() over (
        partition by domain, timeframe, period_date
        order by path = '{{ withheld_path() }}', session_count desc
    ) as place,
    session_count,
    people_count,
    {{ ratio("session_count", "sum(session_count) over (partition by domain, timeframe, period_date)") }}
    as session_share_ratio,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from totals
