{% macro active_dates__channels() -%}
    select activity_date as date, batch_id, loaded_at from {{ ref("agg_channels_daily") }}
{%- endmacro %}

{% macro activity__channels(arrival) -%}
    select
        stream_id as activity_id,
        'stream' as kind,
        cast(null as string) as person_id,
        account_id,
        main_game_name as place,
        stream_id as entity_id,
        broadcast_id as session_id,
        started_at,
        ended_at,
        stream_date as activity_date,
        'hours watched' as unit,
        cast(hours_watched as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("channels_stream_sessions") }}
{%- endmacro %}

{# Viewers where a poll saw them; clips made of the channel while the stream was on. #}
{% macro stream_minutes__channels() -%}
    select
        session_id,
        max(account_id) as account_id,
        minute_at,
        cast(
            floor(
                {{
                    seconds_between(
                        "cast(date_trunc('minute', min(started_at)) as timestamp)", "minute_at"
                    )
                }} / 60
            ) as bigint
        ) as minute_of_session,
        max(viewer_count) as viewer_count,
        cast(0 as bigint) as interaction_count,
        cast(sum(clip_count) as bigint) as clip_count,
        cast(0 as bigint) as super_chat_count,
        cast(0 as bigint) as error_count,
        coalesce(max(batch_id), 0) as batch_id,
        coalesce(max(event_batch_id), 0) as event_batch_id,
        max(loaded_at) as loaded_at
    from
        (
            select
                p.stream_id as session_id,
                p.account_id,
                s.started_at,
                cast(date_trunc('minute', p.collected_at) as timestamp) as minute_at,
                p.viewer_count,
                0 as clip_count,
                p.batch_id,
                cast(null as bigint) as event_batch_id,
                p.loaded_at
            from {{ ref("stg_twitch__streams") }} as p
            inner join {{ ref("channels_stream_sessions") }} as s on s.stream_id = p.stream_id
            union all
            select
                s.stream_id as session_id,
                s.account_id,
                s.started_at,
                cast(date_trunc('minute', c.created_at) as timestamp) as minute_at,
                cast(null as bigint) as viewer_count,
                1 as clip_count,
                cast(null as bigint) as batch_id,
                c.batch_id as event_batch_id,
                c.loaded_at
            from
                (
                    select
                        clip_id,
                        account_id,
                        created_at,
                        min(batch_id) as batch_id,
                        min(loaded_at) as loaded_at
                    from {{ ref("stg_twitch__clips") }}
                    where created_at is not null
                    group by clip_id, account_id, created_at
                ) as c
            inner join
                {{ ref("channels_stream_sessions") }} as s
                on s.account_id = c.account_id
                and c.created_at between s.started_at and s.last_seen_at
        ) as seen
    group by session_id, minute_at
{%- endmacro %}
