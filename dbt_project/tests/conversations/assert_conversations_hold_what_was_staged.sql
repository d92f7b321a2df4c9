-- Guards against messages and conversations that incremental models lose, or keep though their events are
-- gone.
{{ config(meta={"dagster": {"ref": {"name": "fct_conversations"}}}) }}
with
    told as (
        select conversation_id
        from {{ ref("stg_conversations__events") }}
        where conversation_id is not null
        union
        select conversation_id
        from {{ ref("int_conversations__lines_deduplicated") }}
        where conversation_id is not null and occurred_at is not null
    ),
    timed as (select conversation_id from {{ ref("fct_conversations") }} where created_at is not null),
    messages as (
        select 'staged' as place, event_id as message
        from {{ ref("stg_conversations__events") }}
        where event_type = 'message_sent'
        union all
        select 'held' as place, message_key as message
        from {{ ref("fct_messages") }}
        where source = 'tracked'
    )

select 'conversation' as what, coalesce(t.conversation_id, c.conversation_id) as which
from told as t
full outer join timed as c on c.conversation_id = t.conversation_id
where t.conversation_id is null or c.conversation_id is null
union all
select
    'tracked messages' as what,
    concat(cast(staged as string), ' staged, ', cast(held as string), ' held') as which
from
    (
        select
            count(case when place = 'staged' then 1 end) as staged,
            count(case when place = 'held' then 1 end) as held
        from messages
    ) as counted
where staged <> held
