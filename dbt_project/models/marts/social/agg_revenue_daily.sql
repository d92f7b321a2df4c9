{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["event_date", "currency"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set events = ref("fct_events") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

with
    purchases as (
        -- 'XXX' is ISO 4217's code for no currency.
        select
            event_date, coalesce(currency, 'XXX') as currency, order_id, quantity, amount, user_id, loaded_at
        from {{ events }}
        where
            event_type = 'purchase'
            {% if is_incremental() %}
                and event_date in (
                    select distinct event_date
                    from {{ events }}
                    where event_type = 'purchase' and batch_id > {{ since }}
                )
            {% endif %}
    ),
    totals as (
        select
            event_date,
            currency,
            count(*) as purchase_count,
            count(distinct order_id) as order_count,
            cast(sum(quantity) as decimal(38, 6)) as item_count,
            cast(sum(amount) as decimal(38, 6)) as revenue_amount,
            count(distinct user_id) as buyer_count,
            sum(case when order_id is not null then amount end) as ordered_amount,
            count(distinct case when amount is not null then order_id end) as priced_order_count,
            max(loaded_at) as loaded_at
        from purchases
        group by event_date, currency
    )

select
    event_date,
    currency,
    purchase_count,
    order_count,
    item_count,
    revenue_amount,
    buyer_count,
    cast({{ ratio("ordered_amount", "priced_order_count") }} as decimal(38, 6)) as average_order_amount,
    {{ newest_batch_id(events) }} as batch_id,
    loaded_at
from totals
