with
    topics as (
        select conversation_id, {{ joined_texts("term", "place") }} as topic_terms
        from {{ ref("int_conversations__topics_ranked") }}
        group by conversation_id
    )

select
    c.conversation_id,
    c.user_id,
    c.source,
    c.project,
    c.created_at,
    c.last_activity_at,
    {{ reporting_date("c.created_at") }} as conversation_date,
    cast(c.wall_micros as double) / 1000000 as wall_seconds,
    cast(c.active_micros as double) / 1000000 as active_seconds,
    cast(c.wall_micros - c.active_micros as double) / 1000000 as idle_seconds,
    c.message_count,
    c.user_message_count,
    c.assistant_message_count,
    c.request_count,
    c.turn_count,
    c.input_tokens,
    c.output_tokens,
    case when c.source = 'transcript' then coalesce(c.cache_write_5m_tokens, 0) end as cache_write_5m_tokens,
    case when c.source = 'transcript' then coalesce(c.cache_write_1h_tokens, 0) end as cache_write_1h_tokens,
    case when c.source = 'transcript' then coalesce(c.cache_read_tokens, 0) end as cache_read_tokens,
    c.total_tokens,
    c.cost_usd,
    c.mean_response_seconds,
    c.p50_response_seconds,
    c.p90_response_seconds,
    c.p95_response_seconds,
    case
        when c.wall_micros > 0
        then least(10 * c.message_count / (cast(c.wall_micros as double) / 60000000), 100)
        when c.wall_micros = 0
        then 0
    end as engagement_score,
    c.error_count,
    t.topic_terms,
    c.batch_id,
    c.loaded_at
from {{ ref("int_conversations__conversations_measured") }} as c
left join topics as t on t.conversation_id = c.conversation_id
