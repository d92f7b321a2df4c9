-- Followers are each channel's last count up to a day; what is missing on the day itself is not taken as 0.
with
    followers as (
        select
            arg_max(follower_count, activity_date) as now,
            arg_max(follower_count, activity_date) filter (
                where activity_date <= $week_before_through
            ) as before
        from channels.agg_channels_daily
        where activity_date <= $through_date and follower_count is not null
        group by account_id
    ),
    counted as (
        select
            sum(now) as followers,
            case when count(*) = count(before) then sum(before) end as followers_before,
            count(*) as channel_count
        from followers
    ),
    days as (
        select *, activity_date >= $week_from as is_week
        from channels.agg_channels_daily
        where activity_date between $week_before_from and $through_date
    ),
    sums as (
        select
            sum(followers_gained) filter (where is_week) as followers_gained_week,
            sum(followers_gained) filter (where not is_week) as followers_gained_week_before,
            sum(hours_streamed) filter (where is_week) as hours_streamed_week,
            sum(hours_streamed) filter (where not is_week) as hours_streamed_week_before,
            sum(hours_watched) filter (where is_week) as hours_watched_week,
            sum(hours_watched) filter (where not is_week) as hours_watched_week_before,
            sum(hours_watched) filter (where is_week)
            / nullif(sum(covered_seconds) filter (where is_week) / 3600, 0) as average_viewers_week,
            sum(hours_watched) filter (where not is_week) / nullif(
                sum(covered_seconds) filter (where not is_week) / 3600, 0
            ) as average_viewers_week_before,
            sum(broadcast_count) filter (where is_week) as broadcasts_week,
            sum(broadcast_count) filter (where not is_week) as broadcasts_week_before,
            sum(video_views_gained) filter (where is_week) as video_views_week,
            sum(video_views_gained) filter (where not is_week) as video_views_week_before
        from days
    ),
    live as (select count(distinct account_id) as live_channels from channels.fct_stream_sessions where is_live)
select counted.*, sums.*, live.live_channels
from counted, sums, live
