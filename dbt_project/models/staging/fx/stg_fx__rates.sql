{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('rate_id') }}",
    )
}}

{%- set columns = ["rate_id", "rate_date", "rates"] %}

select
    -- ids
    rate_id,
    -- what and when
    rate_date,
    rates,
    -- arrival
    load_id,
    file_id,
    line_number,
    displaced_batch_id,
    batch_id,
    loaded_at
from {{ first_arrivals("raw_fx", "rates", columns, ["rate_id"]) }} as arrivals
