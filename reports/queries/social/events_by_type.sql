-- Seven types at most, so that the colours stay apart; the rest are added up. People are not added: only
-- events.
with
    daily as (
        select event_date, event_type, event_count
        from social.agg_events_daily
        where event_date between $month_from and $through_date
    ),
    ranked as (
        select event_type, row_number() over (order by sum(event_count) desc, event_type) as place
        from daily
        group by event_type
    )
select
    daily.event_date,
    case when ranked.place <= 7 then daily.event_type else 'other types' end as event_type,
    sum(daily.event_count) as event_count,
    least(min(ranked.place), 8) as place
from daily
join ranked using (event_type)
group by all
order by daily.event_date, place
