{{ config(materialized="table") }}

{#-
    What happened in an hour, by conversation and person: the one table below all hourly and daily marts. It is far
    smaller than its input, and rebuilt from a few narrow columns of it, so it is not incremental. Response times are
    kept as whole microseconds: sums of doubles would depend on the order of the rows.
-#}
with
    activity as (
        select
            {{ reporting_hour_at("sent_at") }} as hour_at,
            conversation_id,
            user_id,
            {{ activity_measures_of({"message_count": "1"}) }} batch_id,
            loaded_at
        from {{ ref("int_conversations__messages_merged") }}
        where sent_at is not null
        union all
        select
            {{ reporting_hour_at("requested_at") }} as hour_at,
            conversation_id,
            user_id,
            {{
                activity_measures_of(
                    {
                        "request_count": "1",
                        "input_tokens": "input_tokens",
                        "output_tokens": "output_tokens",
                        "cache_write_tokens": "cache_write_5m_tokens + cache_write_1h_tokens",
                        "cache_read_tokens": "cache_read_tokens",
                        "cost_usd": "coalesce(cost_reported_usd, cost_calculated_usd)",
                    }
                )
            }} batch_id,
            loaded_at
        from {{ ref("int_conversations__requests_priced") }}
        where requested_at is not null
        union all
        select
            {{ reporting_hour_at("prompted_at") }} as hour_at,
            conversation_id,
            user_id,
            {{
                activity_measures_of(
                    {
                        "turn_count": "1",
                        "response_count": "case when response_micros is not null then 1 else 0 end",
                        "response_micros": "coalesce(response_micros, 0)",
                    }
                )
            }} batch_id,
            loaded_at
        from {{ ref("int_conversations__turns_matched") }}
        union all
        select
            hour_at,
            conversation_id,
            user_id,
            {{
                activity_measures_of(
                    {
                        "active_micros": "active_micros",
                        "error_count": "error_count",
                        "outcome_count": "outcome_count",
                    }
                )
            }} batch_id,
            loaded_at
        from {{ ref("int_conversations__conversation_hours") }}
        union all
        select
            {{ reporting_hour_at("created_at") }} as hour_at,
            conversation_id,
            created_by as user_id,
            {{ activity_measures_of({"created_count": "1"}) }} batch_id,
            loaded_at
        from {{ ref("int_conversations__conversations_measured") }}
        where created_at is not null
        union all
        select
            {{ reporting_hour_at("occurred_at") }} as hour_at,
            conversation_id,
            user_id,
            {{
                activity_measures_of(
                    {
                        "input_tokens": "case when event_type = 'token_usage' and token_type is distinct from 'output' then coalesce(tokens, 0) else 0 end",
                        "output_tokens": "case when event_type = 'token_usage' and token_type = 'output' then coalesce(tokens, 0) else 0 end",
                        "error_count": "case when conversation_id is null and event_type = 'error' then 1 else 0 end",
                        "outcome_count": "case when conversation_id is null and event_type in ('message_sent', 'error') then 1 else 0 end",
                    }
                )
            }} batch_id,
            loaded_at
        from {{ ref("int_conversations__tracked_events_attributed") }}
    )

select
    hour_at,
    {{ reporting_date("hour_at") }} as activity_date,
    conversation_id,
    user_id,
    {% for name in activity_measure_names() -%} cast(sum({{ name }}) as bigint) as {{ name }}, {% endfor -%}
    cast(
        sum(input_tokens + output_tokens + cache_write_tokens + cache_read_tokens) as bigint
    ) as total_tokens,
    cast(sum(cost_usd) as decimal(38, 12)) as cost_usd,
    max(batch_id) as batch_id,
    max(loaded_at) as loaded_at
from activity
group by hour_at, {{ reporting_date("hour_at") }}, conversation_id, user_id
