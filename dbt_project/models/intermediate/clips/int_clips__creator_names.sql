{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["account_id", "creator_id"],
        pre_hook="{{ clear_if_displaced(ref('stg_twitch__clips')) }}",
    )
}}

{%- set clips = ref("stg_twitch__clips") %}
{%- set since = last_batch_id(clips) %}

with
    {% if is_incremental() %}
        touched as (
            select distinct account_id, creator_id
            from {{ clips }}
            where batch_id > {{ since }} and creator_id is not null and account_id is not null
        ),
    {% endif %}
    names as (
        select
            s.account_id,
            s.creator_id,
            coalesce(s.creator_name, 'unknown') as creator_name,
            min(s.collected_at) as first_seen_at,
            max(s.collected_at) as last_seen_at,
            -- an answer may show an old name on an old clip and the new one on a new clip
            max_by(s.created_at, (s.collected_at, s.created_at)) as newest_clip_at,
            max(s.loaded_at) as loaded_at
        from {{ clips }} as s
        {% if is_incremental() %}
            inner join touched as t on t.account_id = s.account_id and t.creator_id = s.creator_id
        {% endif %}
        where s.creator_id is not null and s.account_id is not null and s.created_at is not null
        group by s.account_id, s.creator_id, coalesce(s.creator_name, 'unknown')
    )

select
    account_id,
    creator_id,
    creator_name,
    first_seen_at,
    last_seen_at,
    row_number() over (
        partition by account_id, creator_id
        order by creator_name = 'unknown', last_seen_at desc, newest_clip_at desc, creator_name
    )
    = 1 as is_current,
    {{ newest_batch_id(clips) }} as batch_id,
    loaded_at
from names
