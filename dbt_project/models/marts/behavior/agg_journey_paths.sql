{#- Paths that few people took could tell who they are: they are one row together. -#}
{%- set minimum = behavior_setting("minimum_people") %}
{%- set sessions = ref("int_behavior__session_paths") %}

with
    days as (
        select domain, session_date, date_before, path, count(*) as session_count, max(loaded_at) as loaded_at
        from {{ sessions }}
        group by domain, session_date, date_before, path
    ),
    paths as (
        {%- for timeframe in journey_timeframes() %}
            {%- set period = timeframe_start("session_date", timeframe) %}
            select
                domain,
                '{{ timeframe }}' as timeframe,
                {{ period }} as period_date,
                path,
                cast(sum(session_count) as bigint) as session_count,
                {{ people_counted(timeframe, "session_date", "session_count") }} as people_count,
                max(loaded_at) as loaded_at
            from days
            group by domain, {{ period }}, path {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    few as (
        {%- for timeframe in journey_timeframes() %}
            {%- set period = timeframe_start("s.session_date", timeframe) %}
            select
                s.domain,
                '{{ timeframe }}' as timeframe,
                {{ period }} as period_date,
                s.person_id,
                s.loaded_at
            from {{ sessions }} as s
            inner join
                (
                    select domain, period_date, path
                    from paths
                    where timeframe = '{{ timeframe }}' and people_count < {{ minimum }}
                ) as p
                on p.domain = s.domain
                and p.path = s.path
                {% if timeframe != "all_time" %} and p.period_date = {{ period }} {% endif %}
                {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    totals as (
        select domain, timeframe, period_date, path, session_count, people_count, loaded_at
        from paths
        where people_count >= {{ minimum }}
        union all
        select
            domain,
            timeframe,
            period_date,
            '{{ withheld_path() }}' as path,
            count(*) as session_count,
            count(distinct person_id) as people_count,
            max(loaded_at) as loaded_at
        from few
        group by domain, timeframe, period_date
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
