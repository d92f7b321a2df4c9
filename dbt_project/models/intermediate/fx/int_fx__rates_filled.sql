{#- Small: some 40 currencies a date. -#}
{%- set rates = ref("stg_fx__rates") %}

with
    published as (
        select
            name as currency,
            rate_date,
            loaded_at,
            load_id,
            file_id,
            line_number,
            try_cast(value as decimal(18, 8)) as per_euro
        from
            {{
                exploded_texts(
                    rates,
                    ["rate_date", "loaded_at", "load_id", "file_id", "line_number"],
                    "rates",
                )
            }} as exploded
    ),
    -- A rate that was corrected: the one that came last.
    corrected as (
        select
            currency,
            rate_date,
            max_by(per_euro, (loaded_at, load_id, file_id, line_number)) as per_euro,
            max(loaded_at) as loaded_at
        from published
        where per_euro > 0
        group by currency, rate_date
    ),
    followed as (
        select *, lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
        from corrected
    ),
    days as (
        select
            currency,
            rate_date as published_date,
            {{
                explode_dates(
                    "cast(rate_date as timestamp)",
                    "cast(least(coalesce(next_rate_date - 1, rate_date + "
                    ~ var("rate_fill_days")
                    ~ "), rate_date + "
                    ~ var("rate_fill_days")
                    ~ ") as timestamp)",
                )
            }} as rate_date,
            per_euro,
            loaded_at
        from followed
    )

select
    currency,
    rate_date,
    per_euro,
    rate_date <> published_date as is_filled,
    published_date,
    {{ newest_batch_id(rates) }} as batch_id,
    loaded_at
from days
