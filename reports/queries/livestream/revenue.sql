-- People are counted over the whole period; shares of few people are withheld, they would tell what one of them paid.
-- Amounts are the mart's: it also has payments of which only a session's document tells, and nobody knows by whom.
with
    payers as (
        select currency, user_id, sum(amount) as amount, max(payment_number) as payment_number
        from livestream.fct_super_chats
        where paid_date between $month_from and $through_date and user_id is not null
        group by currency, user_id
    ),
    people as (
        select
            currency,
            count(*) as payer_count,
            count(*) filter (where payment_number > 1) as repeat_payer_count,
            max(amount) as top_amount
        from payers
        group by currency
    ),
    totals as (
        select
            currency,
            sum(super_chat_count) as super_chat_count,
            sum(amount) as amount,
            sum(converted_amount) as converted_amount,
            max(converted_currency) as converted_currency,
            sum(filled_rate_count) as filled_rate_count,
            sum(unconverted_super_chat_count) as unconverted_count
        from livestream.agg_revenue_daily
        where revenue_date between $month_from and $through_date
        group by currency
    )
select
    totals.*,
    -- NULL: payments of which nobody is known.
    people.payer_count,
    people.repeat_payer_count,
    case
        when people.payer_count >= $minimum_people then people.top_amount / totals.amount
    end as top_payer_share_ratio
from totals
left join people on people.currency = totals.currency
order by totals.converted_amount desc nulls last, totals.super_chat_count desc, totals.currency
