select
    lag_bucket_minutes,
    sum(clip_count) as clip_count,
    sum(broadcast_count) as broadcast_count,
    sum(clip_count) / sum(broadcast_count) as clips_per_broadcast
from clips.agg_schedule_to_clip_lag
group by lag_bucket_minutes
order by lag_bucket_minutes
