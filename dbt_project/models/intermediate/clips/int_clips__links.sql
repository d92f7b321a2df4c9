{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="message_id",
        pre_hook="{{ clear_if_displaced(ref('stg_discord__messages')) }}",
    )
}}

{%- set messages = ref("stg_discord__messages") %}
{%- set since = last_batch_id(messages) %}

with
    -- One row a state of a message, from when it was found on.
    found as (
        select *
        from {{ messages }}
        {% if is_incremental() %}
            where message_id in (select t.message_id from {{ messages }} as t where t.batch_id > {{ since }})
        {% endif %}
    ),
    newest as (
        select message_id, max(collected_at) as last_state_at, max(loaded_at) as loaded_at
        from found
        group by message_id
    ),
    links as (
        select
            message_id,
            collected_at,
            channel_id,
            guild_id,
            author_hash,
            author_twitch_id,
            is_bot,
            sent_at,
            {{ explode_json("clip_links", {"clip_id": "VARCHAR", "url": "VARCHAR"}) }} as link
        from found
        where not is_gone and clip_links is not null
    ),
    shares as (
        select
            message_id,
            link.clip_id as clip_id,
            {{ last_known("link.url") }} as url,
            max(channel_id) as channel_id,
            max(guild_id) as guild_id,
            max(author_hash) as author_hash,
            max(author_twitch_id) as author_twitch_id,
            max(cast(is_bot as int)) = 1 as is_bot,
            min(sent_at) as shared_at,
            min(collected_at) as first_seen_at,
            max(collected_at) as last_state_at
        from links
        where link.clip_id is not null
        group by message_id, link.clip_id
    )

select
    s.message_id,
    s.clip_id,
    s.url,
    s.channel_id,
    s.guild_id,
    s.author_hash,
    s.author_twitch_id,
    s.is_bot,
    s.shared_at,
    s.first_seen_at,
    -- The message is gone, or an edit took the link out of it.
    s.last_state_at < n.last_state_at as is_deleted,
    {{ newest_batch_id(messages) }} as batch_id,
    n.loaded_at
from shares as s
inner join newest as n on n.message_id = s.message_id
