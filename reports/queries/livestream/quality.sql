with
    spine as (select day as activity_date from days_shown($month_from, $through_date, $first_date)),
    responses as (
        select
            interaction_date as activity_date,
            count(response_seconds) as response_count,
            quantile_cont(response_seconds, 0.5) as response_p50_seconds,
            quantile_cont(response_seconds, 0.9) as response_p90_seconds,
            quantile_cont(response_seconds, 0.95) as response_p95_seconds
        from livestream.fct_interactions
        where interaction_date between $month_from and $through_date
        group by interaction_date
    ),
    faults as (
        select
            activity_date,
            sum(interaction_count) as interaction_count,
            sum(error_count) as error_count,
            100 * sum(error_count) / nullif(sum(interaction_count), 0) as errors_per_100_interactions,
            sum(reconnect_count) as reconnect_count,
            sum(reconnect_count) / nullif(sum(streamed_seconds) / 3600, 0) as reconnects_per_hour
        from livestream.agg_characters_daily
        where activity_date between $month_from and $through_date
        group by activity_date
    )
select
    activity_date,
    coalesce(faults.interaction_count, 0) as interaction_count,
    coalesce(faults.error_count, 0) as error_count,
    faults.errors_per_100_interactions,
    coalesce(faults.reconnect_count, 0) as reconnect_count,
    faults.reconnects_per_hour,
    coalesce(responses.response_count, 0) as response_count,
    responses.response_p50_seconds,
    responses.response_p90_seconds,
    responses.response_p95_seconds
from spine
left join faults using (activity_date)
left join responses using (activity_date)
order by activity_date
