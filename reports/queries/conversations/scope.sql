-- The last completed day with activity: today is still running, and a clock set wrong may have written
-- tomorrow.
select
    min(activity_date) as first_date,
    coalesce(
        max(activity_date) filter (where activity_date < $today),
        max(activity_date) filter (where activity_date = $today),
        max(activity_date)
    ) as through_date,
    max(loaded_at) as loaded_at
from conversations.agg_conversations_daily
