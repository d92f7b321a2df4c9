{%- set minimum = behavior_setting("minimum_people") %}

with
    days as (
        select
            domain,
            session_date,
            date_before,
            from_kind,
            to_kind,
            cast(sum(transition_count) as bigint) as transition_count,
            count(*) as session_count,
            cast(sum(gap_micros) as decimal(38, 0)) as gap_micros,
            max(loaded_at) as loaded_at
        from {{ ref("int_behavior__transitions") }}
        group by domain, session_date, date_before, from_kind, to_kind
    ),
    counted as (
        {%- for timeframe in journey_timeframes() %}
            {%- set period = timeframe_start("session_date", timeframe) %}
            select
                domain,
                '{{ timeframe }}' as timeframe,
                {{ period }} as period_date,
                from_kind,
                to_kind,
                cast(sum(transition_count) as bigint) as transition_count,
                cast(sum(session_count) as bigint) as session_count,
                {{ people_counted(timeframe, "session_date", "session_count") }} as people_count,
                cast(sum(gap_micros) as double) / 1000000 / sum(transition_count) as mean_gap_seconds,
                max(loaded_at) as loaded_at
            from days
            group by domain, {{ period }}, from_kind, to_kind {{ "union all" if not loop.last }}
        {%- endfor %}
    )

select
    domain,
    timeframe,
    period_date,
    from_kind,
    to_kind,
    people_count,
    session_count,
    case when people_count >= {{ minimum }} then transition_count end as transition_count,
    case
        when people_count >= {{ minimum }}
        then
            {{
                ratio(
                    "transition_count",
                    "sum(transition_count) over (partition by domain, timeframe, period_date, from_kind)",
                )
            }}
    end as transition_share_ratio,
    case when people_count >= {{ minimum }} then mean_gap_seconds end as mean_gap_seconds,
    people_count < {{ minimum }} as is_withheld,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from counted
