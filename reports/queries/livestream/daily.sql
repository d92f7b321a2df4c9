-- The peak is that of one stream: viewers of streams at the same time are not added.
with
    spine as (select day as activity_date from days_shown($month_from, $through_date, $first_date)),
    days as (
        select
            activity_date,
            sum(session_count) as session_count,
            sum(hours_watched) as hours_watched,
            sum(hours_watched) / nullif(sum(covered_seconds) / 3600, 0) as viewer_average,
            max(viewer_peak) as viewer_peak,
            sum(interaction_count) as interaction_count
        from livestream.agg_characters_daily
        where activity_date between $month_from and $through_date
        group by activity_date
    ),
    -- Payments also come on days without a stream.
    paid as (
        select
            revenue_date as activity_date,
            sum(super_chat_count) as super_chat_count,
            sum(converted_amount) as converted_amount
        from livestream.agg_revenue_daily
        where revenue_date between $month_from and $through_date
        group by revenue_date
    ),
    -- Each row names the one reporting currency.
    reporting as (select max(converted_currency) as converted_currency from livestream.agg_characters_daily)
select
    activity_date,
    coalesce(session_count, 0) as session_count,
    hours_watched,
    viewer_average,
    viewer_peak,
    coalesce(interaction_count, 0) as interaction_count,
    coalesce(paid.super_chat_count, 0) as super_chat_count,
    case when paid.super_chat_count is null then 0 else paid.converted_amount end as converted_amount,
    reporting.converted_currency
from spine
left join days using (activity_date)
left join paid using (activity_date)
cross join reporting
order by activity_date
