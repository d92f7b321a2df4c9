{#- Built whole: super chats are few, and rates that come later change old conversions. -#}
{%- set sessions = ref("int_livestream__sessions_resolved") %}

with
    on_youtube as (
        select
            m.message_id,
            case when m.message_type = 'superStickerEvent' then 'super_sticker' else 'super_chat' end as kind,
            m.video_id,
            m.account_id,
            m.author_hash,
            m.published_at,
            m.published_date,
            m.amount,
            m.currency,
            m.is_deleted,
            m.loaded_at
        from {{ ref("stg_youtube__chat_messages") }} as m
        where m.message_type in ('superChatEvent', 'superStickerEvent') and m.amount > 0
    ),
    in_app as (
        select i.*, s.video_id, {{ youtube_message_id("i.interaction_id") }} as message_id
        from {{ ref("fct_interactions") }} as i
        inner join {{ sessions }} as s on s.session_id = i.session_id
        where i.super_chat_amount > 0
    ),
    -- Apps that take YouTube's message id for the interaction's say who paid in which session.
    known as (
        select message_id, min(session_id) as session_id, min(user_id) as user_id
        from in_app
        where message_id in (select y.message_id from on_youtube as y)
        group by message_id
    ),
    -- Else the session of the video that was open, or the last one to start, when it was paid.
    candidates as (
        select
            y.message_id,
            s.session_id,
            row_number() over (
                partition by y.message_id
                order by
                    case when y.published_at between s.started_at and s.closes_at then 0 else 1 end,
                    case when s.started_at <= y.published_at then 0 else 1 end,
                    s.started_at desc,
                    s.session_id
            ) as place
        from on_youtube as y
        inner join {{ sessions }} as s on s.video_id = y.video_id
    ),
    paid as (
        select
            i.event_id as super_chat_id,
            'livestream' as platform,
            'super_chat' as kind,
            i.session_id,
            i.video_id,
            i.account_id,
            i.character_id,
            i.user_id,
            i.interacted_at as paid_at,
            i.interaction_date as paid_date,
            i.super_chat_amount as amount,
            i.currency,
            false as is_deleted,
            i.loaded_at
        from in_app as i
        left join known as k on k.message_id = i.message_id
        -- Where a session names its video, YouTube's own record of the payments counts.
        left join (select distinct video_id from on_youtube) as v on v.video_id = i.video_id
        where k.message_id is null and v.video_id is null
        union all
        select
            y.message_id as super_chat_id,
            'youtube' as platform,
            y.kind,
            s.session_id,
            y.video_id,
            coalesce(s.account_id, y.account_id, 'unknown') as account_id,
            coalesce(s.character_id, 'unknown') as character_id,
            coalesce(k.user_id, y.author_hash) as user_id,
            y.published_at as paid_at,
            y.published_date as paid_date,
            y.amount,
            y.currency,
            y.is_deleted,
            y.loaded_at
        from on_youtube as y
        left join known as k on k.message_id = y.message_id
        left join candidates as c on c.message_id = y.message_id and c.place = 1
        left join {{ sessions }} as s on s.session_id = coalesce(k.session_id, c.session_id)
    )

select
    p.super_chat_id,
    p.platform,
    p.kind,
    p.session_id,
    p.video_id,
    p.account_id,
    p.character_id,
    p.user_id,
    p.paid_at,
    p.paid_date,
    p.amount,
    p.currency,
    {{ converted("p.amount", "p.currency") }} as converted_amount,
    {{ reporting_currency() }} as converted_currency,
    {{ is_rate_filled("p.currency") }} as is_rate_filled,
    {{ converted("p.amount", "p.currency") }} is null as is_rate_missing,
    case
        when p.user_id is not null
        then row_number() over (partition by p.account_id, p.user_id order by p.paid_at, p.super_chat_id)
    end as payment_number,
    p.is_deleted,
    {{ newest_batch_id(ref("stg_livestream__events")) }}
    + {{ newest_batch_id(ref("stg_youtube__chat_messages")) }}
    + {{ newest_batch_id(ref("stg_fx__rates")) }} as batch_id,
    p.loaded_at
from paid as p {{ join_rates("p.currency", "p.paid_date") }}
