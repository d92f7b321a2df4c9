{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key="request_key") }}

{%- set lines = ref("stg_conversations__transcript_lines") %}

with
    {% if is_incremental() %}
        changed as (
            select request_key, case when request_id is not null then message_id end as message_id
            from {{ lines }}
            where batch_id > {{ last_batch_id() }} and is_usage
        ),
    {% endif %}
    -- All requests that share a message id are taken up together: one of them may make another a
    -- replay. Without a request id there are no replays, and a relay's one message id would take up its
    -- whole history.
    usage_lines as (
        select *
        from {{ lines }} as l
        where
            l.is_usage
            {% if is_incremental() %}
                and (
                    l.request_key in (select c.request_key from changed as c)
                    or (
                        l.request_id is not null
                        and l.message_id
                        in (select c.message_id from changed as c where c.message_id is not null)
                    )
                )
            {% endif %}
    ),
    -- Never the first line: it under-counts the output two to three times. What is left of the order is
    -- by content, so that the order of arrival changes nothing.
    ranked as (
        select
            *,
            row_number() over (
                partition by request_key
                order by
                    is_sidechain,
                    total_tokens desc,
                    -- Of equal copies the one that tells more of its price.
                    cache_write_1h_tokens desc,
                    coalesce(length(other_attempts), 0) desc,
                    is_fast nulls last,
                    is_forked_copy,
                    occurred_at nulls last,
                    conversation_id nulls last,
                    -- Of a session that lies in two folders all counts in one: keys differ by line.
                    user_id,
                    project,
                    line_key
            ) as survivor_rank,
            min(occurred_at) over (partition by request_key) as requested_at,
            max(cost_usd) over (partition by request_key) as highest_cost_usd,
            greatest(
                count(case when is_assistant then 1 end) over (partition by request_key), 1
            ) as copy_count,
            max(loaded_at) over (partition by request_key) as newest_loaded_at
        from usage_lines
    ),
    survivors as (
        select
            *,
            count(case when not is_sidechain and request_id is not null then 1 end) over (
                partition by message_id
            ) as main_request_count
        from ranked
        where survivor_rank = 1
    )

select
    request_key,
    deduplicated_by,
    request_id,
    message_id,
    conversation_id,
    agent_id,
    project,
    user_id,
    model,
    price_list_model,
    is_fast,
    is_regional,
    requested_at,
    input_tokens,
    output_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    total_tokens,
    other_attempts,
    coalesce(cost_usd, highest_cost_usd) as cost_reported_usd,
    is_sidechain,
    -- A sub-agent's file repeats a message of the main chain under another request id.
    coalesce(
        is_sidechain and message_id is not null and request_id is not null and main_request_count > 0, false
    ) as is_replay,
    copy_count,
    {{ newest_batch_id(lines) }} as batch_id,
    newest_loaded_at as loaded_at
from survivors
