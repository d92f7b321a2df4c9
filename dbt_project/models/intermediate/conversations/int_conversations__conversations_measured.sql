{{ config(materialized="table") }}

{#- One row a conversation, from tables with a few rows a conversation; where both sources tell of one, both count. -#}
with
    spans as (
        select
            conversation_id,
            max(source) as source,
            -- The configuration folder's person before those whom events name.
            min_by(
                user_id,
                concat(
                    case source when 'transcript' then '0 ' else '1 ' end,
                    cast(first_at as string),
                    ' ',
                    user_id
                )
            ) as user_id,
            -- Who was there first: events may tell of it before the folder's person took part.
            min_by(user_id, concat(cast(first_at as string), ' ', user_id)) as created_by,
            min_by(project, concat(cast(first_at as string), ' ', project)) as project,
            min(first_at) as created_at,
            max(last_at) as last_activity_at,
            cast(sum(active_micros) as bigint) as active_micros,
            cast(sum(error_count) as bigint) as error_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_conversations__conversation_hours") }}
        group by conversation_id
    ),
    messages as (
        select
            conversation_id,
            max(source) as source,
            max(user_id) as user_id,
            count(*) as message_count,
            count(case when role = 'user' then 1 end) as user_message_count,
            count(case when role = 'assistant' then 1 end) as assistant_message_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_conversations__messages_merged") }}
        where conversation_id is not null
        group by conversation_id
    ),
    requests as (
        select
            conversation_id,
            max(user_id) as user_id,
            max(project) as project,
            count(*) as request_count,
            {% for kind in [
                "input_tokens",
                "output_tokens",
                "cache_write_5m_tokens",
                "cache_write_1h_tokens",
                "cache_read_tokens",
                "total_tokens",
            ] -%}
                cast(sum({{ kind }}) as bigint) as {{ kind }},
            {% endfor -%}
            cast(sum(coalesce(cost_reported_usd, cost_calculated_usd)) as decimal(38, 12)) as cost_usd,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_conversations__requests_priced") }}
        where conversation_id is not null
        group by conversation_id
    ),
    tracked_tokens as (
        select
            conversation_id,
            cast(sum(case when token_type = 'output' then 0 else tokens end) as bigint) as input_tokens,
            cast(sum(case when token_type = 'output' then tokens else 0 end) as bigint) as output_tokens
        from {{ ref("int_conversations__tracked_events_attributed") }}
        where event_type = 'token_usage' and tokens is not null and conversation_id is not null
        group by conversation_id
    ),
    turns as (
        select
            conversation_id,
            count(*) as turn_count,
            cast(sum(response_micros) as double)
            / nullif(count(response_micros), 0)
            / 1000000 as mean_response_seconds,
            {% for percent in [50, 90, 95] -%}
                {{ quantile("cast(response_micros as double) / 1000000", percent / 100, [0.5, 0.9, 0.95]) }}
                as p{{ percent }}_response_seconds
                {{- "," if not loop.last }}
            {% endfor %}
        from {{ ref("int_conversations__turns_matched") }}
        where conversation_id is not null
        group by conversation_id
    ),
    ids as (
        select conversation_id
        from spans
        union
        select conversation_id
        from messages
        union
        select conversation_id
        from requests
    )

select
    i.conversation_id,
    coalesce(s.user_id, m.user_id, r.user_id) as user_id,
    -- 'transcript' sorts after 'tracked': it is the richer account where both tell of a conversation.
    case when r.conversation_id is not null then 'transcript' else coalesce(s.source, m.source) end as source,
    coalesce(s.project, r.project) as project,
    s.created_by,
    s.created_at,
    s.last_activity_at,
    {{ unix_micros("s.last_activity_at") }} - {{ unix_micros("s.created_at") }} as wall_micros,
    s.active_micros,
    coalesce(m.message_count, 0) as message_count,
    coalesce(m.user_message_count, 0) as user_message_count,
    coalesce(m.assistant_message_count, 0) as assistant_message_count,
    coalesce(r.request_count, 0) as request_count,
    coalesce(t.turn_count, 0) as turn_count,
    coalesce(r.input_tokens, 0) + coalesce(k.input_tokens, 0) as input_tokens,
    coalesce(r.output_tokens, 0) + coalesce(k.output_tokens, 0) as output_tokens,
    r.cache_write_5m_tokens,
    r.cache_write_1h_tokens,
    r.cache_read_tokens,
    coalesce(r.total_tokens, 0) + coalesce(k.input_tokens, 0) + coalesce(k.output_tokens, 0) as total_tokens,
    r.cost_usd,
    t.mean_response_seconds,
    t.p50_response_seconds,
    t.p90_response_seconds,
    t.p95_response_seconds,
    coalesce(s.error_count, 0) as error_count,
    greatest(coalesce(s.batch_id, 0), coalesce(m.batch_id, 0), coalesce(r.batch_id, 0)) as batch_id,
    greatest(s.loaded_at, m.loaded_at, r.loaded_at) as loaded_at
from ids as i
left join spans as s on s.conversation_id = i.conversation_id
left join messages as m on m.conversation_id = i.conversation_id
left join requests as r on r.conversation_id = i.conversation_id
left join tracked_tokens as k on k.conversation_id = i.conversation_id
left join turns as t on t.conversation_id = i.conversation_id
