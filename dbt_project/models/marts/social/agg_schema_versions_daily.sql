{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["event_date", "schema_version"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{%- set activity = ref("int_social__activity_grouped") %}
{%- set since = last_batch_id(ref("stg_social__events")) %}

select
    event_date,
    schema_version,
    cast(sum(event_count) as bigint) as event_count,
    count(distinct nullif(user_key, -1)) as user_count,
    {{ ratio("sum(event_count)", "sum(sum(event_count)) over (partition by event_date)") }}
    as event_share_ratio,
    {{ newest_batch_id(activity) }} as batch_id,
    max(loaded_at) as loaded_at
from {{ activity }}
{% if is_incremental() %}
    where event_date in (select distinct event_date from {{ activity }} where batch_id > {{ since }})
{% endif %}
group by event_date, schema_version
