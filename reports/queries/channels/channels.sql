with
    days as (
        select
            account_id,
            arg_max(follower_count, activity_date) filter (
                where follower_count is not null
            ) as follower_count,
            max(activity_date) filter (where follower_count is not null) as counted_date,
            arg_max(subscriber_count, activity_date) filter (
                where subscriber_count is not null
            ) as subscriber_count,
            sum(followers_gained) filter (where activity_date >= $week_from) as followers_gained_week,
            sum(followers_gained) filter (where activity_date >= $month_from) as followers_gained_month,
            sum(broadcast_count) filter (where activity_date >= $month_from) as broadcast_count,
            sum(hours_streamed) filter (where activity_date >= $month_from) as hours_streamed,
            sum(hours_watched) filter (where activity_date >= $month_from) as hours_watched,
            sum(hours_watched) filter (where activity_date >= $month_from) / nullif(
                sum(covered_seconds) filter (where activity_date >= $month_from) / 3600, 0
            ) as average_viewers,
            sum(video_views_gained) filter (where activity_date >= $month_from) as video_views_gained
        from channels.agg_channels_daily
        where activity_date <= $through_date
        group by account_id
    )
select
    coalesce(n.display_name, d.account_id) as channel,
    case when s.account_id is not null then 'live' else '' end as state,
    d.*
from days as d
left join channels.dim_channels as n on n.account_id = d.account_id and n.is_current
left join
    (select distinct account_id from channels.fct_stream_sessions where is_live) as s
    on s.account_id = d.account_id
order by d.follower_count desc nulls last, d.account_id
limit 100
