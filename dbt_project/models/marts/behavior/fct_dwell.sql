{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_social__events')) }}",
            "{{ delete_changed_visitors() }}",
        ],
    )
}}

{%- set events = ref("fct_events") %}
{%- set since = last_dwell_batch_id(ref("stg_social__events"), dwell_key()) %}
{%- set heartbeat = behavior_setting("heartbeat_event") %}
{%- set seconds = behavior_setting("heartbeat_seconds") %}

with
    looks as (
        select
            e.session_key,
            {{ visitor_of("e") }} as visitor_key,
            e.user_id,
            e.content_type,
            e.content_id,
            e.occurred_at,
            e.event_date,
            e.loaded_at,
            e.event_type = {{ text_literal(heartbeat.kind) }} as is_heartbeat,
            -- A view may be the heartbeat.
            e.event_type = 'view' and e.view_duration_seconds is not null as is_view,
            e.view_duration_seconds,
            e.dwell_seconds
        from {{ events }} as e
        {% if since != "0" %}
            inner join {{ changed_visitors(since) }} as v on v.visitor_key = {{ visitor_of("e") }}
        {% endif %}
        where
            e.session_key is not null
            and e.content_type is not null
            and e.content_id is not null
            and (
                e.event_type = {{ text_literal(heartbeat.kind) }}
                or (e.event_type = 'view' and e.view_duration_seconds is not null)
            )
    ),
    visits as (
        select
            session_key,
            visitor_key,
            max(user_id) as person_id,
            content_type,
            content_id,
            min(event_date) as dwell_date,
            min(occurred_at) as first_event_at,
            count(case when is_view then 1 end) as view_count,
            count(case when is_heartbeat then 1 end) as heartbeat_count,
            count(
                distinct case
                    when is_heartbeat
                    then cast(floor({{ unix_micros("occurred_at") }} / {{ seconds * 1000000 }}.0) as bigint)
                end
            ) as heartbeat_bucket_count,
            -- summed as decimals: a sum of doubles depends on the order of its rows
            cast(sum(try_cast(dwell_seconds as decimal(18, 6))) as double) as view_dwell_seconds,
            cast(
                sum(try_cast(case when is_view then view_duration_seconds end as decimal(18, 6))) as double
            ) as view_dwell_raw_seconds,
            max(loaded_at) as loaded_at
        from looks
        group by session_key, visitor_key, content_type, content_id
    ),
    measured as (
        select
            *,
            case
                when heartbeat_bucket_count > 0
                then
                    cast(
                        {{ seconds }} * (heartbeat_bucket_count - 1)
                        + {{ behavior_setting("minimum_visit_seconds") }} as double
                    )
            end as heartbeat_dwell_seconds
        from visits
    )

select
    session_key,
    visitor_key,
    person_id,
    content_type,
    content_id,
    dwell_date,
    first_event_at,
    view_count,
    view_dwell_seconds,
    view_dwell_raw_seconds,
    heartbeat_count,
    heartbeat_bucket_count,
    heartbeat_dwell_seconds,
    coalesce(heartbeat_dwell_seconds, view_dwell_seconds) as dwell_seconds,
    case when heartbeat_bucket_count > 0 then 'heartbeat' else 'view_duration' end as dwell_source,
    '{{ dwell_key() }}' as definition_key,
    {{ newest_batch_id(events) }} as batch_id,
    loaded_at
from measured
