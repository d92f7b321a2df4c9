{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="account_id",
        pre_hook="{{ clear_if_displaced(ref('stg_twitch__stream_polls')) }}",
    )
}}

{%- set polls = ref("stg_twitch__stream_polls") %}
{%- set since = last_batch_id(polls) %}

with
    polled as (
        select account_id, max(polled_at) as last_polled_at, max(loaded_at) as loaded_at
        from {{ polled_accounts("p.batch_id > " ~ since) }} as looks
        group by account_id
    )

select
    p.account_id,
    {% if is_incremental() %} greatest(p.last_polled_at, t.last_polled_at)
    {% else %} p.last_polled_at
    {% endif %} as last_polled_at,
    {{ newest_batch_id(polls) }} as batch_id,
    p.loaded_at
from polled as p
{% if is_incremental() %} left join {{ this }} as t on t.account_id = p.account_id {% endif %}
