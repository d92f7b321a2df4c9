{#- Built whole, as the super chats that it sums. -#}
with
    revenue as (select * from {{ ref("int_livestream__revenue_dated") }}),
    payers as (
        select
            paid_date,
            account_id,
            character_id,
            currency,
            user_id,
            sum(amount) as amount,
            max(payment_number) as payment_number
        from revenue
        where user_id is not null
        group by paid_date, account_id, character_id, currency, user_id
    ),
    people as (
        select
            paid_date,
            account_id,
            character_id,
            currency,
            count(*) as payer_count,
            count(*) filter (where payment_number > 1) as repeat_payer_count,
            max(amount) as top_payer_amount
        from payers
        group by paid_date, account_id, character_id, currency
    ),
    totals as (
        select
            paid_date,
            account_id,
            character_id,
            currency,
            cast(sum(super_chat_count) as bigint) as super_chat_count,
            cast(sum(amount) as decimal(38, 6)) as amount,
            cast(sum(converted_amount) as decimal(38, 6)) as converted_amount,
            cast(sum(filled_count) as bigint) as filled_rate_count,
            cast(sum(unconverted_count) as bigint) as unconverted_super_chat_count,
            max(loaded_at) as loaded_at
        from revenue
        group by paid_date, account_id, character_id, currency
    )

select
    t.paid_date as revenue_date,
    t.account_id,
    t.character_id,
    t.currency,
    t.super_chat_count,
    t.amount,
    t.converted_amount,
    {{ reporting_currency() }} as converted_currency,
    t.filled_rate_count,
    t.unconverted_super_chat_count,
    -- NULL: payments of which nobody is known.
    p.payer_count,
    p.repeat_payer_count,
    {{ ratio("p.top_payer_amount", "t.amount") }} as top_payer_share_ratio,
    {{ newest_batch_id(ref("fct_super_chats")) }} as batch_id,
    t.loaded_at
from totals as t
left join
    people as p
    on p.paid_date = t.paid_date
    and p.account_id = t.account_id
    and p.character_id = t.character_id
    and p.currency = t.currency
