{% macro loaded_source__livestream() -%} {{ return({"events": "stg_livestream__events"}) }} {%- endmacro %}

{# Payments too: an archived chat may be of a date of which nothing else is known. #}
{% macro active_dates__livestream() -%}
    select activity_date as date, batch_id, loaded_at
    from {{ ref("agg_characters_daily") }}
    union all
    select paid_date as date, batch_id, loaded_at
    from {{ ref("fct_super_chats") }}
{%- endmacro %}

{# Viewers where they were sampled: a sample stands into the next minute as well, and would make two peaks of one. #}
{% macro stream_minutes__livestream() -%}
    select
        session_id,
        account_id,
        minute_at,
        minute_of_session,
        {{ nearest_bigint(ratio("viewer_sum", "viewer_sample_count")) }} as viewer_count,
        interaction_count,
        cast(0 as bigint) as clip_count,
        super_chat_count,
        error_count,
        batch_id,
        batch_id as event_batch_id,
        loaded_at
    from {{ ref("agg_session_minutes") }}
{%- endmacro %}

{% macro activity__livestream(arrival) -%}
    select
        session_id as activity_id,
        'stream' as kind,
        cast(null as string) as person_id,
        account_id,
        character_id as place,
        video_id as entity_id,
        session_id,
        started_at,
        case when not is_live then coalesce(ended_at, last_seen_at) end as ended_at,
        session_date as activity_date,
        'hours watched' as unit,
        cast(hours_watched as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_stream_sessions") }}
    union all
    select
        event_id as activity_id,
        'interaction' as kind,
        user_id as person_id,
        account_id,
        character_id as place,
        interaction_id as entity_id,
        session_id,
        interacted_at as started_at,
        {{ add_seconds("interacted_at", "coalesce(response_seconds, 0)") }} as ended_at,
        interaction_date as activity_date,
        'response seconds' as unit,
        cast(response_seconds as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_interactions") }}
    union all
    select
        super_chat_id as activity_id,
        'super_chat' as kind,
        user_id as person_id,
        account_id,
        character_id as place,
        video_id as entity_id,
        session_id,
        paid_at as started_at,
        paid_at as ended_at,
        paid_date as activity_date,
        currency as unit,
        cast(amount as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_super_chats") }}
{%- endmacro %}
