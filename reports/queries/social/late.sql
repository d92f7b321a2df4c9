with
    spine as (select day as event_date from days_shown($month_from, $through_date, $first_date)),
    days as (
        select event_date, sum(event_count) as event_count, sum(late_event_count) as late_event_count
        from social.agg_events_daily
        where event_date between $month_from and $through_date
        group by event_date
    )
select
    event_date,
    coalesce(event_count, 0) as event_count,
    coalesce(late_event_count, 0) as late_event_count,
    late_event_count / nullif(event_count, 0) as late_share_ratio
from spine
left join days using (event_date)
order by event_date
