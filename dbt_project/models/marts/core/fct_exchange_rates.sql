{#-
    Built whole: some 40 currencies a date. Rates are quoted against the euro, which the source does not list. The reporting
    currency needs no rate, and has one on each date with activity.
-#}
{%- set rates = ref("int_fx__rates_filled") %}

with
    quoted as (
        select currency, rate_date, cast(per_euro as double) as per_euro, published_date, batch_id, loaded_at
        from {{ rates }}
        where currency <> 'EUR'
        union all
        select
            'EUR' as currency,
            rate_date,
            1 as per_euro,
            max(published_date) as published_date,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ rates }}
        group by rate_date
    )

select
    q.currency,
    q.rate_date,
    {{ reporting_currency() }} as converted_currency,
    t.per_euro / q.per_euro as rate,
    least(q.published_date, t.published_date) as published_date,
    q.currency <> t.currency and least(q.published_date, t.published_date) <> q.rate_date as is_rate_filled,
    greatest(q.batch_id, t.batch_id) as batch_id,
    greatest(q.loaded_at, t.loaded_at) as loaded_at
from quoted as q
inner join quoted as t on t.currency = {{ reporting_currency() }} and t.rate_date = q.rate_date
union all
select
    {{ reporting_currency() }} as currency,
    d.date as rate_date,
    {{ reporting_currency() }} as converted_currency,
    1 as rate,
    cast(null as date) as published_date,
    false as is_rate_filled,
    d.batch_id,
    d.loaded_at
from {{ ref("dim_dates") }} as d
left join quoted as q on q.currency = {{ reporting_currency() }} and q.rate_date = d.date
where q.currency is null
