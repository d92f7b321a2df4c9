{%- set timeframes = {"week": ref("agg_channels_weekly"), "month": ref("agg_channels_monthly")} %}

with
    periods as (
        {% for timeframe, model in timeframes.items() %}
            select
                '{{ timeframe }}' as timeframe,
                account_id,
                period_date,
                asked_day_count,
                stream_count,
                broadcast_count,
                stream_day_count,
                hours_streamed,
                batch_id,
                loaded_at
            from {{ model }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),
    broadcasts as (
        {% for timeframe in timeframes %}
            select
                '{{ timeframe }}' as timeframe,
                account_id,
                cast(date_trunc('{{ timeframe }}', broadcast_date) as date) as period_date,
                cast(
                    sum(
                        {{ unix_micros("coalesce(ended_at, last_seen_at)") }}
                        - {{ unix_micros("started_at") }}
                    ) as bigint
                ) as lasted_micros,
                max(duration_seconds) as longest_broadcast_seconds
            from {{ ref("fct_broadcasts") }}
            group by
                account_id,
                cast(date_trunc('{{ timeframe }}', broadcast_date) as date)
                {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    p.account_id,
    p.timeframe,
    p.period_date,
    p.stream_count,
    p.broadcast_count,
    p.stream_day_count,
    p.asked_day_count,
    {{ ratio("p.stream_day_count", "p.asked_day_count") }} as stream_day_ratio,
    p.hours_streamed,
    {{ ratio(seconds_of("b.lasted_micros"), "p.broadcast_count") }} as mean_broadcast_seconds,
    b.longest_broadcast_seconds,
    p.batch_id,
    p.loaded_at
from periods as p
left join
    broadcasts as b
    on b.timeframe = p.timeframe
    and b.account_id = p.account_id
    and b.period_date = p.period_date
