{%- set timeframes = {
    "day": {"model": ref("agg_channels_daily"), "date": "activity_date", "step": "1 day"},
    "week": {"model": ref("agg_channels_weekly"), "date": "period_date", "step": "7 days"},
    "month": {"model": ref("agg_channels_monthly"), "date": "period_date", "step": "1 month"},
} %}
{%- set measures = [
    "followers_gained",
    "subscribers_gained",
    "broadcast_count",
    "hours_streamed",
    "hours_watched",
    "average_viewers",
    "video_views_gained",
] %}

with
    periods as (
        {% for timeframe, of in timeframes.items() %}
            select
                '{{ timeframe }}' as timeframe,
                account_id,
                {{ of["date"] }} as period_date,
                cast({{ of["date"] }} - interval '{{ of["step"] }}' as date) as before_date,
                cast({{ of["date"] }} + interval '{{ of["step"] }}' as date) as next_date,
                follower_count,
                {{ measures | join(", ") }},
                batch_id,
                loaded_at
            from {{ of["model"] }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),
    ends as (
        select account_id, min(activity_date) as first_date, max(activity_date) as last_date
        from {{ ref("agg_channels_daily") }}
        group by account_id
    )

select
    p.account_id,
    p.timeframe,
    p.period_date,
    -- The day after the period has begun: nothing more is to come but late rows.
    e.last_date >= p.next_date as is_complete,
    b.account_id is not null as has_before,
    coalesce(b.period_date >= e.first_date, false) as is_before_complete,
    p.follower_count,
    b.follower_count as follower_count_before,
    {{ ratio("p.follower_count - b.follower_count", "b.follower_count") }} as follower_growth_ratio,
    {% for measure in measures -%} p.{{ measure }}, b.{{ measure }} as {{ measure }}_before, {% endfor -%}
    greatest(p.batch_id, coalesce(b.batch_id, 0)) as batch_id,
    greatest(p.loaded_at, coalesce(b.loaded_at, p.loaded_at)) as loaded_at
from periods as p
inner join ends as e on e.account_id = p.account_id
left join
    periods as b
    on b.timeframe = p.timeframe
    and b.account_id = p.account_id
    and b.period_date = p.before_date
