{% macro active_dates__channels() -%}
    select activity_date as date, batch_id, loaded_at from {{ ref("agg_channels_daily") }}
{%- endmacro %}

{% macro activity__channels(arrival) -%}
    select
        stream_id as activity_id,
        'stream' as kind,
        cast(null as varchar) as person_id,
        account_id,
        main_game_name as place,
        stream_id as entity_id,
        broadcast_id as session_id,
        started_at,
        coalesce(ended_at, last_seen_at) as ended_at,
        stream_date as activity_date,
        'hours watched' as unit,
        cast(hours_watched as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("channels_stream_sessions") }}
{%- endmacro %}
