{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="message_id",
    )
}}

{%- set columns = [
    "message_id",
    "channel_id",
    "guild_id",
    "author_hash",
    "author_twitch_id",
    "is_bot",
    "sent_at",
    "edited_at",
    "clip_links",
    "reactions",
    "is_gone",
    "collection_id",
    "account_id",
    "collected_at",
] %}

with
    -- A state that arrives late may stand between two known ones: messages of new rows are worked out anew.
    touched as (
        select distinct message_id from {{ new_raw_rows("raw_discord", "messages", ["message_id"]) }} as n
    ),
    seen as (
        select
            {% for column in columns %} r.{{ column }}, {% endfor %}
            r._dlt_load_id as load_id,
            r.file_id,
            r.line_number,
            {{ utc_timestamp("l.inserted_at") }} as loaded_at
        from {{ source("raw_discord", "messages") }} as r
        inner join
            {{ source("raw_discord", "_dlt_loads") }} as l on r._dlt_load_id = l.load_id and l.status = 0
        inner join touched as t on r.message_id = t.message_id
        qualify
            row_number() over (
                partition by r.message_id, r.collected_at
                order by l.inserted_at, l.load_id, r.file_id, r.line_number
            )
            = 1
    ),
    hashed as (
        select
            seen.*,
            {{
                surrogate_key(
                    ["is_gone", "clip_links", "reactions", "edited_at", "author_hash", "author_twitch_id"]
                )
            }} as state_hash
        from seen
    ),
    changed as (
        select *
        from hashed
        qualify
            state_hash is distinct from lag(state_hash) over (partition by message_id order by collected_at)
    ),
    states as (
        select
            changed.*,
            row_number() over (partition by message_id order by collected_at) as state_number,
            row_number() over (partition by message_id order by collected_at desc) = 1 as is_current,
            -- What a message that is gone was; of its author what was told last, also that nothing is:
            -- the key of the hashes changes, and so does DISCORD_CREATORS.
            max(guild_id) over (partition by message_id) as known_guild_id,
            {%- for column in ["author_hash", "author_twitch_id"] %}
                nullif(
                    max_by(coalesce({{ column }}, ''), case when not is_gone then collected_at end) over (
                        partition by message_id
                    ),
                    ''
                ) as known_{{ column }},
            {%- endfor %}
            coalesce(bool_or(is_bot) over (partition by message_id), false) as known_is_bot,
            min(sent_at) over (partition by message_id) as known_sent_at,
            lag(clip_links) over (partition by message_id order by collected_at) as previous_clip_links
        from changed
    )
    {% if is_incremental() %}
        ,
        known as (
            select
                message_id, state_number, state_hash, collected_at, is_current, load_id, file_id, line_number
            from {{ this }}
            where message_id in (select message_id from touched)
        ),
        found as (
            select
                message_id, state_number, state_hash, collected_at, is_current, load_id, file_id, line_number
            from states
        ),
        different as (
            select message_id
            from
                (
                    select *
                    from found
                    except
                    select *
                    from known
                ) as n
            union
            select message_id
            from
                (
                    select *
                    from known
                    except
                    select *
                    from found
                ) as g
        )
    {% endif %}

select
    -- ids
    message_id,
    cast(state_number as bigint) as state_number,
    channel_id,
    known_guild_id as guild_id,
    known_author_hash as author_hash,
    known_author_twitch_id as author_twitch_id,
    -- the message
    known_is_bot as is_bot,
    known_sent_at as sent_at,
    {{ reporting_date("known_sent_at") }} as sent_date,
    edited_at,
    case when is_gone then previous_clip_links else clip_links end as clip_links,
    -- the state
    reactions,
    is_gone,
    is_current,
    state_hash,
    collection_id,
    account_id,
    collected_at,
    -- arrival
    load_id,
    file_id,
    line_number,
    cast(null as bigint) as displaced_batch_id,
    {{ next_batch_id() }} as batch_id,
    loaded_at
from states
{% if is_incremental() %} where message_id in (select message_id from different) {% endif %}
