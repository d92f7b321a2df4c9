select
    event_date,
    sum(event_count) as event_count,
    sum(late_event_count) as late_event_count,
    sum(late_event_count) / nullif(sum(event_count), 0) as late_share_ratio
from social.agg_events_daily
where event_date between $month_from and $through_date
group by event_date
order by event_date
