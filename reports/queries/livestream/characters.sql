-- People are counted here over the whole period: their daily counts must not be added up.
with
    days as (
        select
            account_id,
            character_id,
            sum(session_count) as session_count,
            sum(streamed_seconds) as streamed_seconds,
            sum(hours_watched) as hours_watched,
            sum(hours_watched) / nullif(sum(covered_seconds) / 3600, 0) as viewer_average,
            max(viewer_peak) as viewer_peak,
            sum(interaction_count) as interaction_count,
            sum(interaction_count) / nullif(sum(hours_watched), 0) as interactions_per_viewer_hour,
            max(converted_currency) as converted_currency,
            100 * sum(error_count) / nullif(sum(interaction_count), 0) as errors_per_100_interactions
        from livestream.agg_characters_daily
        where activity_date between $month_from and $through_date
        group by account_id, character_id
    ),
    -- Payments also come on days without a stream.
    revenue as (
        select account_id, character_id, sum(converted_amount) as converted_amount
        from livestream.agg_revenue_daily
        where revenue_date between $month_from and $through_date
        group by account_id, character_id
    ),
    people as (
        select
            account_id,
            character_id,
            count(distinct user_id) as user_count,
            quantile_cont(response_seconds, 0.5) as response_p50_seconds,
            count(response_seconds) as response_count
        from livestream.fct_interactions
        where interaction_date between $month_from and $through_date
        group by account_id, character_id
    )
select
    rank() over (order by days.hours_watched desc nulls last) as place,
    days.*,
    -- Of interactions that a document counts nobody is known: not 0 people.
    case
        when people.user_count > 0 or days.interaction_count = 0 then coalesce(people.user_count, 0)
    end as user_count,
    case
        when people.user_count >= $minimum_people then people.user_count / nullif(days.viewer_average, 0)
    end as engagement_ratio,
    -- Nothing paid is 0; payments without a rate are not known.
    case when revenue.account_id is null then 0 else revenue.converted_amount end as converted_amount,
    case when revenue.account_id is null then 0 else revenue.converted_amount end
    / nullif(days.hours_watched, 0) as converted_amount_per_hour_watched,
    people.response_p50_seconds,
    coalesce(people.response_count, 0) as response_count
from days
left join people on people.account_id = days.account_id and people.character_id = days.character_id
left join revenue on revenue.account_id = days.account_id and revenue.character_id = days.character_id
order by place, days.account_id, days.character_id
limit 50
