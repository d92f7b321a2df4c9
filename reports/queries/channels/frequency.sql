-- Weeks of the last twelve in which a channel was asked for; the first and the last may be cut.
select
    period_date,
    period_date::timestamp as week_from,
    period_date::timestamp + interval 7 day as week_until,
    sum(broadcast_count) as broadcast_count,
    sum(stream_count) as stream_count,
    sum(hours_streamed) as hours_streamed,
    sum(stream_day_count) / nullif(sum(asked_day_count), 0) as stream_day_ratio
from channels.agg_stream_frequency
where timeframe = 'week' and period_date between $through_date::date - 83 and $through_date
group by period_date
order by period_date
