-- Loads are shown up to now, not up to the last day with events.
select min(loaded_at)::date as first_date, $today as through_date, max(loaded_at) as loaded_at
from ops.fct_loads
