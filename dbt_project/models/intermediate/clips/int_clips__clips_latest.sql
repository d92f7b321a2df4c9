{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="clip_id",
        pre_hook="{{ clear_if_displaced(ref('stg_twitch__clips')) }}",
    )
}}

{%- set clips = ref("stg_twitch__clips") %}
{%- set since = last_batch_id(clips) %}

-- What is not known of a clip that only a lookup ever asked for, and in vain, stays out.
select
    clip_id,
    {{ last_known("account_id") }} as account_id,
    {{ last_known("broadcaster_name") }} as broadcaster_name,
    {{ last_known("creator_id") }} as creator_id,
    {{ last_known("creator_name") }} as creator_name,
    {{ last_known("game_id") }} as game_id,
    {{ last_known("video_id") }} as video_id,
    {{ last_known("vod_offset_seconds") }} as vod_offset_seconds,
    {{ last_known("title") }} as title,
    {{ last_known("url") }} as url,
    {{ last_known("language") }} as language,
    {{ last_known("duration_seconds") }} as duration_seconds,
    {{ last_known("is_featured") }} as is_featured,
    {{ last_known("created_at") }} as created_at,
    {{ last_known("view_count") }} as view_count,
    max(case when view_count is not null then collected_at end) as view_count_at,
    count(*) filter (where not is_gone) as snapshot_count,
    min(case when not is_gone then collected_at end) as first_seen_at,
    max(case when not is_gone then collected_at end) as last_seen_at,
    max(collected_at) as last_updated_at,
    -- Not to be found in a list means nothing; not to be found by its id means deleted, until it is seen
    -- again.
    {{ last_known("is_gone") }} as is_deleted,
    {{ newest_batch_id(clips) }} as batch_id,
    max(loaded_at) as loaded_at
from {{ clips }}
{% if is_incremental() %}
    where clip_id in (select t.clip_id from {{ clips }} as t where t.batch_id > {{ since }})
{% endif %}
group by clip_id
having count(created_at) > 0 and count(account_id) > 0
