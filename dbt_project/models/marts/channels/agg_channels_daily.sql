select
    d.account_id,
    d.activity_date,
    d.follower_count,
    d.followers_gained,
    d.subscriber_count,
    d.subscribers_gained,
    d.follower_count is null as is_missing,
    d.stream_count,
    d.broadcast_count,
    d.game_count,
    {{ streaming_measures("d") }},
    d.video_views_gained,
    d.batch_id,
    d.loaded_at
from {{ ref("int_channels__activity_daily") }} as d
