{#- Built whole: one row a character, from the sessions alone. -#}
{%- set sessions = ref("fct_stream_sessions") %}

select
    account_id,
    character_id,
    min(started_at) as first_started_at,
    max(started_at) as last_started_at,
    max(last_seen_at) as last_seen_at,
    count(*) as session_count,
    count(*) filter (where is_live) as live_session_count,
    cast(sum(cast(duration_seconds as decimal(38, 6))) as double) as streamed_seconds,
    cast(sum(cast(hours_watched as decimal(38, 6))) as double) as hours_watched,
    max(viewer_peak) as viewer_peak,
    cast(sum(interaction_count) as bigint) as interaction_count,
    cast(sum(super_chat_count) as bigint) as super_chat_count,
    cast(sum(converted_amount) as decimal(38, 6)) as converted_amount,
    {{ reporting_currency() }} as converted_currency,
    {{ newest_batch_id(sessions) }} as batch_id,
    max(loaded_at) as loaded_at
from {{ sessions }}
group by account_id, character_id
