-- Four whole weeks, divided by the hours that existed: a day of 23 or 25 hours neither lowers nor lifts its
-- cells.
with
    existing as (
        select isodow(date) as weekday, hour_of_day, count(*) as hour_count
        from core.dim_hours
        where date between greatest($rhythm_from, $first_date) and $through_date
        group by all
    ),
    streamed as (
        select
            isodow(stream_date) as weekday,
            hour_of_day,
            sum(streamed_seconds) / 3600 as hours_streamed,
            sum(hours_watched) as hours_watched,
            sum(hours_watched) / nullif(sum(covered_seconds) / 3600, 0) as average_viewers
        from channels.agg_channels_hourly
        where stream_date between $rhythm_from and $through_date
        group by all
    )
select
    weekday,
    hour_of_day,
    if(hours_streamed is null, 0, hours_watched) / hour_count as watched_per_hour,
    average_viewers,
    coalesce(hours_streamed, 0) as hours_streamed,
    hour_count
from existing
left join streamed using (weekday, hour_of_day)
order by weekday, hour_of_day
