-- Four whole weeks, divided by the hours that existed: a day of 23 or 25 hours neither lowers nor lifts its
-- cells.
with
    existing as (
        select isodow(date) as weekday, hour_of_day, count(*) as hour_count
        from core.dim_hours
        where date between greatest($rhythm_from, $first_date) and $through_date
        group by all
    ),
    happened as (
        select isodow(activity_date) as weekday, hour_of_day, sum(message_count) as message_count
        from conversations.agg_conversations_hourly
        where activity_date between $rhythm_from and $through_date
        group by all
    )
select
    existing.weekday,
    existing.hour_of_day,
    coalesce(happened.message_count, 0) as message_count,
    existing.hour_count,
    coalesce(happened.message_count, 0) / existing.hour_count as messages_per_hour
from existing
left join happened using (weekday, hour_of_day)
order by existing.weekday, existing.hour_of_day
