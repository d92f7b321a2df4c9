-- The last completed day with events: today is still running, and a clock set wrong may have written
-- tomorrow.
select
    min(event_date) as first_date,
    coalesce(
        max(event_date) filter (where event_date < $today),
        max(event_date) filter (where event_date = $today),
        max(event_date)
    ) as through_date,
    max(loaded_at) as loaded_at
from social.agg_activity_daily
