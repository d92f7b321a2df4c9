-- The last completed day with streams: today is still running.
select
    min(activity_date) as first_date,
    coalesce(
        max(activity_date) filter (where activity_date < $today),
        max(activity_date) filter (where activity_date = $today),
        max(activity_date)
    ) as through_date,
    max(loaded_at) as loaded_at
from livestream.agg_characters_daily
