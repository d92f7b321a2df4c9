-- The last completed day on which a channel was asked for or live.
select
    min(activity_date) as first_date,
    coalesce(
        max(activity_date) filter (where activity_date < $today),
        max(activity_date) filter (where activity_date = $today),
        max(activity_date)
    ) as through_date,
    max(loaded_at) as loaded_at
from channels.agg_channels_daily
