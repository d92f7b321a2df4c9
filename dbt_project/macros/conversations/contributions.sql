{% macro loaded_source__conversations() -%}
    {{
        return(
            {
                "events": "stg_conversations__events",
                "transcript_lines": "stg_conversations__transcript_lines",
            }
        )
    }}
{%- endmacro %}

{% macro active_dates__conversations() -%}
    select activity_date as date, batch_id, loaded_at from {{ ref("agg_conversations_daily") }}
{%- endmacro %}

{# What a transcript gives no time happened on no date. #}
{% macro activity__conversations(arrival) -%}
    select
        message_key as activity_id,
        'message' as kind,
        user_id as person_id,
        cast(null as string) as account_id,
        role as place,
        message_id as entity_id,
        conversation_id as session_id,
        sent_at as started_at,
        sent_at as ended_at,
        message_date as activity_date,
        'tokens' as unit,
        cast(token_count as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_messages") }}
    where sent_at is not null
    union all
    select
        request_key as activity_id,
        'request' as kind,
        user_id as person_id,
        cast(null as string) as account_id,
        model as place,
        request_id as entity_id,
        conversation_id as session_id,
        requested_at as started_at,
        requested_at as ended_at,
        request_date as activity_date,
        'tokens' as unit,
        cast(total_tokens as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_requests") }}
    where requested_at is not null
{%- endmacro %}
