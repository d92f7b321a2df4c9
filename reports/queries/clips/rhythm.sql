-- Hours of each account's own history, so that a channel with a long past weighs as much as its hours.
select
    iso_weekday as weekday,
    hour_of_day,
    sum(clip_count) as clip_count,
    sum(hour_count) as hour_count,
    sum(clip_count) / nullif(sum(hour_count), 0) as clips_per_hour
from clips.agg_peak_times
group by iso_weekday, hour_of_day
order by iso_weekday, hour_of_day
