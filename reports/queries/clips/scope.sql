-- The last day that was over when clips were fetched last: of the day itself only a part is known.
select
    min(period_date) as first_date,
    case
        when max(snapshot_count) > 0
        then least(max(period_date) filter (where snapshot_count > 0) - 1, $today::date - 1)
    end as through_date,
    max(loaded_at) as loaded_at
from clips.agg_engagement_timeline
where period_type = 'day'
