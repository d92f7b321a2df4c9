{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="message_id",
    )
}}

{%- set columns = [
    "live_chat_id",
    "video_id",
    "type",
    "author_hash",
    "published_at",
    "amount_micros",
    "currency",
    "amount",
    "tier",
    "text",
    "text_length",
    "is_member",
    "origin",
    "details",
    "account_id",
] %}
{%- set compared = [
    "message_id",
    "live_chat_id",
    "video_id",
    "account_id",
    "message_type",
    "author_hash",
    "published_at",
    "amount_micros",
    "currency",
    "is_deleted",
    "deleted_at",
    "origin",
    "load_id",
    "file_id",
    "line_number",
] %}
{%- set own_id = youtube_message_id("r.message_id") %}
{%- set target_id = youtube_message_id("r.deleted_message_id") %}

with
    -- New messages, and messages that new notes delete.
    touched as (
        select distinct {{ youtube_message_id("n.message_id") }} as message_id
        from {{ new_raw_rows("raw_youtube", "chat_messages", ["message_id"]) }} as n
        union
        select distinct {{ youtube_message_id("d.deleted_message_id") }} as message_id
        from {{ new_raw_rows("raw_youtube", "chat_messages", ["deleted_message_id"]) }} as d
        where d.deleted_message_id is not null
    ),
    seen as (
        select
            {% for column in columns %} r.{{ column }}, {% endfor %}
            {{ own_id }} as message_id,
            {{ target_id }} as deleted_message_id,
            r._dlt_load_id as load_id,
            r.file_id,
            r.line_number,
            {{ utc_timestamp("l.inserted_at") }} as loaded_at
        from {{ source("raw_youtube", "chat_messages") }} as r
        inner join
            {{ source("raw_youtube", "_dlt_loads") }} as l on r._dlt_load_id = l.load_id and l.status = 0
    ),
    copies as (select s.* from seen as s inner join touched as t on s.message_id = t.message_id),
    deletions as (
        select
            s.deleted_message_id as message_id,
            min(s.published_at) as deleted_at,
            max(s.loaded_at) as loaded_at
        from seen as s
        inner join touched as t on s.deleted_message_id = t.message_id
        group by s.deleted_message_id
    ),
    messages as (
        select
            c.*,
            max(c.video_id) over (partition by c.message_id) as known_video_id,
            max(c.live_chat_id) over (partition by c.message_id) as known_live_chat_id,
            max(c.account_id) over (partition by c.message_id) as known_account_id,
            max(case when c.type = 'tombstone' then 1 else 0 end) over (
                partition by c.message_id
            ) as is_tombstone,
            max(c.loaded_at) over (partition by c.message_id) as touched_at
        from copies as c
        qualify
            -- A tombstone tells less than the message, an archive less than the API.
            row_number() over (
                partition by c.message_id
                order by
                    case when c.type = 'tombstone' then 1 else 0 end,
                    case when c.origin = 'api' then 0 else 1 end,
                    c.loaded_at,
                    c.load_id,
                    c.file_id,
                    c.line_number
            )
            = 1
    ),
    renamed as (
        select
            -- ids
            m.message_id,
            coalesce(m.live_chat_id, m.known_live_chat_id) as live_chat_id,
            coalesce(m.video_id, m.known_video_id) as video_id,
            coalesce(m.account_id, m.known_account_id) as account_id,
            m.author_hash,
            m.deleted_message_id,
            -- kind and time
            m.type as message_type,
            m.published_at,
            {{ reporting_date("m.published_at") }} as published_date,
            -- money
            m.amount_micros,
            m.amount,
            m.currency,
            coalesce(m.currency <> 'XXX', false) as is_currency_known,
            m.tier,
            -- what it says
            m.text,
            m.text_length,
            m.is_member,
            m.details,
            m.origin,
            -- whether it stands
            m.is_tombstone = 1 or d.message_id is not null as is_deleted,
            d.deleted_at,
            -- arrival
            m.load_id,
            m.file_id,
            m.line_number,
            case when d.loaded_at > m.touched_at then d.loaded_at else m.touched_at end as loaded_at
        from messages as m
        left join deletions as d on d.message_id = m.message_id
    )
    {% if is_incremental() %}
        ,
        known as (select * from {{ this }} where message_id in (select t.message_id from touched as t)),
        different as (
            select {{ compared | join(", ") }}
            from renamed
            except
            select {{ compared | join(", ") }}
            from known
        )
    {% endif %}

select r.*, cast(null as bigint) as displaced_batch_id, {{ next_batch_id() }} as batch_id
from renamed as r
{% if is_incremental() %} where r.message_id in (select d.message_id from different as d) {% endif %}
