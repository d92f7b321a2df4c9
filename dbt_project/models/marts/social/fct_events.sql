{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["event_date", "event_id"],
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
    )
}}

{#- The date stands in the key so that a deletion skips the days that no new row is of. -#}
{%- set staged = ref("stg_social__events") %}
{%- set sessions = ref("fct_sessions") %}
{%- set since = last_batch_id(staged) %}
{%- set until = modelled_batch_id(staged, sessions) %}

with
    -- Each session on each UTC day it spans (at most five): the join below then compares an event with
    -- the few sessions of that person and day, however many they have.
    session_days as (
        select
            session_key,
            user_id,
            session_id,
            started_at,
            ended_at,
            loaded_at,
            {{ explode_dates("date_trunc('day', started_at)", "ended_at") }} as day
        from {{ sessions }}
        where batch_id > {{ since }}
    ),
    {% if is_incremental() %}
        -- Sessions with events of before: mostly none, and then the engine skips the history.
        sessions_of_before as (
            select s.session_key
            from {{ sessions }} as s
            left join
                (
                    select d.session_key, count(*) as event_count
                    from {{ staged }} as e
                    inner join session_days as d on {{ in_session("e", "d") }}
                    where e.batch_id > {{ since }}
                    group by d.session_key
                ) as n
                on n.session_key = s.session_key
            where s.batch_id > {{ since }} and s.event_count > coalesce(n.event_count, 0)
        ),
    {% endif %}
    events as (
        select e.*, s.session_key, s.ended_at as session_ended_at
        from {{ staged }} as e
        inner join session_days as s on {{ in_session("e", "s") }}
        where e.batch_id > {{ since }}
        {% if is_incremental() %}
            union all
            select e.*, s.session_key, s.ended_at as session_ended_at
            from {{ staged }} as e
            inner join
                (
                    select d.*
                    from session_days as d
                    inner join sessions_of_before as b on b.session_key = d.session_key
                ) as s
                on {{ in_session("e", "s") }}
            where e.batch_id <= {{ since }}
        {% endif %}
        union all
        select e.*, cast(null as string) as session_key, cast(null as timestamp) as session_ended_at
        from {{ staged }} as e
        where user_id is null and session_id is null and batch_id > {{ since }}
    )

select
    event_id,
    event_type,
    user_id,
    session_key,
    session_id,
    occurred_at,
    event_date,
    event_hour_at,
    schema_version,
    platform,
    user_agent_hash,
    ip_address_hash,
    content_type,
    content_id,
    view_duration_seconds,
    case
        when event_type = 'view' and view_duration_seconds is not null
        then
            greatest(
                least(
                    view_duration_seconds,
                    {{ var("dwell_cap_seconds") }},
                    case
                        when session_ended_at > occurred_at
                        then {{ seconds_between("occurred_at", "session_ended_at") }}
                        else view_duration_seconds
                    end
                ),
                0
            )
    end as dwell_seconds,
    scroll_depth_ratio,
    referrer,
    action,
    target_type,
    target_id,
    product_id,
    order_id,
    amount,
    currency,
    quantity,
    payment_method,
    conversion_path,
    stream_id,
    is_late,
    has_event_id,
    data,
    {{ until }} as batch_id,
    loaded_at
from events
where batch_id <= {{ until }}
