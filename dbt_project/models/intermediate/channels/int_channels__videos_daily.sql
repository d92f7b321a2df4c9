{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["account_id", "snapshot_date"],
        pre_hook="{{ clear_if_displaced(ref('stg_twitch__videos')) }}",
    )
}}

{%- set snapshots = ref("fct_video_snapshots") %}
{%- set since = last_batch_id(ref("stg_twitch__videos")) %}

select
    account_id,
    snapshot_date,
    cast(sum(views_gained) as bigint) as views_gained,
    {{ newest_batch_id(snapshots) }} as batch_id,
    max(loaded_at) as loaded_at
from {{ snapshots }}
group by account_id, snapshot_date
{% if is_incremental() %} having max(batch_id) > {{ since }} {% endif %}
