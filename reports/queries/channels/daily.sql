-- Gains are added up, not counts: a channel without a count on a day would look like a loss.
with
    spine as (select day as activity_date from days_shown($month_from, $through_date, $first_date)),
    days as (
        select
            activity_date,
            sum(followers_gained) as followers_gained,
            count(follower_count) as counted_channels,
            sum(hours_streamed) as hours_streamed,
            sum(hours_watched) as hours_watched,
            sum(hours_watched) / nullif(sum(covered_seconds) / 3600, 0) as average_viewers,
            max(peak_viewers) as peak_viewers,
            sum(broadcast_count) as broadcast_count,
            sum(video_views_gained) as video_views_gained
        from channels.agg_channels_daily
        where activity_date between $month_from and $through_date
        group by activity_date
    )
select
    activity_date,
    followers_gained,
    sum(followers_gained) over (order by activity_date) as followers_gained_so_far,
    coalesce(counted_channels, 0) as counted_channels,
    coalesce(hours_streamed, 0) as hours_streamed,
    hours_watched,
    average_viewers,
    peak_viewers,
    coalesce(broadcast_count, 0) as broadcast_count,
    video_views_gained
from spine
left join days using (activity_date)
order by activity_date
