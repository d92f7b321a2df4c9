-- Whatever is no amount makes its line a reject.
amounts as (
    select
        *,
        case
            when not is_paid then null
            when regexp_full_match(amount_micros, '\d{1,18}')
            then cast(try_cast(amount_micros as decimal(18, 0)) * 0.000001::decimal(7, 6) as decimal(18, 6))
            when amount_micros is null
            then
                try_cast(
                    coalesce(
                        written_amount, case when regexp_full_match(amount_number, '\d{1,12}(\.\d{1,6})?') then amount_number end
                    ) as decimal(18, 6)
                )
        end as amount
    from amount_numbers
),
