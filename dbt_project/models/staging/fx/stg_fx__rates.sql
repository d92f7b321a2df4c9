{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        post_hook="{{ delete_displaced('rate_id') }}",
    )
}}

{%- set columns = ["rate_id", "rate_date", "rates"] %}
{%- set batch_id = next_batch_id() %}

with
    source as (
        select
            a.*,
            row_number() over (
                partition by a.rate_id order by a.loaded_at, a.load_id, a.file_id, a.line_number
            ) as arrival_number
        from {{ new_raw_rows("raw_fx", "rates", columns) }} as a
    ),
    unseen as (
        select
            s.*,
            {% if is_incremental() %}
                case when t.rate_id is not null then {{ batch_id }} end as displaced_batch_id
            {% else %} cast(null as bigint) as displaced_batch_id
            {% endif %}
        from source as s
        {% if is_incremental() %} left join {{ this }} as t on t.rate_id = s.rate_id {% endif %}
        where
            s.arrival_number = 1
            {% if is_incremental() %} and (t.rate_id is null or {{ arrived_before("s", "t") }}) {% endif %}
    )

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
    {{ batch_id }} as batch_id,
    loaded_at
from unseen
