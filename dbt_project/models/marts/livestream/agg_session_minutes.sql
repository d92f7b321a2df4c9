{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events'), 'event_batch_id') }}",
            "{{ delete_changed_minutes() }}",
        ],
    )
}}

{%- set staged = ref("stg_livestream__events") %}
{%- set sessions = ref("int_livestream__sessions_resolved") %}
{%- set since = last_batch_id(staged, "event_batch_id") %}
{%- set minute = "cast(date_trunc('minute', %s) as timestamp)" %}

with
    -- Those that changed, and those whose payments did: the pre_hook took these away.
    sessions as (
        select *
        from {{ sessions }}
        where
            batch_id > {{ since }}
            {% if is_incremental() %}
                or session_id not in (select t.session_id from {{ this }} as t)
            {% endif %}
    ),
    -- A sample stands in each minute for the part of it that it covers.
    samples as (
        select
            session_id,
            sampled_at,
            covers_until_at,
            viewer_count,
            {{ minute % "sampled_at" }} as sampled_minute_at,
            {{
                explode_series(
                    minute % "sampled_at",
                    "greatest(" ~ minute % "covers_until_at" ~ ", " ~ minute % "sampled_at" ~ ")",
                    "1 minute",
                )
            }} as minute_at
        from {{ ref("int_livestream__samples_timed") }}
        where session_id in (select s.session_id from sessions as s)
    ),
    parts as (
        select
            session_id,
            minute_at,
            viewer_count,
            greatest(sampled_at, minute_at) as from_at,
            least(covers_until_at, {{ add_seconds("minute_at", 60) }}) as until_at,
            case when minute_at = sampled_minute_at then 1 else 0 end as is_own_minute
        from samples
        where minute_at < covers_until_at or minute_at = sampled_minute_at
    ),
    viewers as (
        select
            session_id,
            minute_at,
            max(viewer_count) as viewer_peak,
            cast(sum(is_own_minute) as bigint) as viewer_sample_count,
            cast(sum(viewer_count * is_own_minute) as bigint) as viewer_sum,
            cast(sum({{ covered_seconds("from_at", "until_at") }}) as decimal(38, 6)) as covered_seconds,
            cast(sum({{ viewer_seconds("from_at", "until_at") }}) as decimal(38, 6)) as viewer_seconds
        from parts
        group by session_id, minute_at
    ),
    events as (
        select
            session_id,
            {{ minute % "occurred_at" }} as minute_at,
            count(*) filter (where event_type = 'interaction') as interaction_count,
            count(distinct case when event_type = 'interaction' then user_id end) as user_count,
            count(*) filter (where event_type = 'error') as error_count,
            count(*) filter (where event_type = 'reconnect') as reconnect_count
        from {{ staged }}
        where
            event_type in ('interaction', 'error', 'reconnect')
            and session_id in (select s.session_id from sessions as s)
        group by session_id, {{ minute % "occurred_at" }}
    ),
    paid as (
        select session_id, minute_at, super_chat_count, loaded_at
        from {{ ref("int_livestream__paid_minutes") }}
        where session_id in (select s.session_id from sessions as s)
    ),
    minutes as (
        select session_id, minute_at
        from viewers
        union
        select session_id, minute_at
        from events
        union
        select session_id, minute_at
        from paid
    )

select
    m.session_id,
    m.minute_at,
    s.account_id,
    s.character_id,
    {{ reporting_date("m.minute_at") }} as activity_date,
    cast(
        floor({{ seconds_between(minute % "s.started_at", "m.minute_at") }} / 60) as bigint
    ) as minute_of_session,
    {{ ratio("v.viewer_seconds", "v.covered_seconds") }} as viewer_average,
    v.viewer_peak,
    coalesce(v.viewer_sample_count, 0) as viewer_sample_count,
    coalesce(v.viewer_sum, 0) as viewer_sum,
    cast(coalesce(v.covered_seconds, 0) as decimal(38, 6)) as covered_seconds,
    cast(coalesce(v.viewer_seconds, 0) as decimal(38, 6)) as viewer_seconds,
    coalesce(e.interaction_count, 0) as interaction_count,
    coalesce(e.user_count, 0) as user_count,
    coalesce(p.super_chat_count, 0) as super_chat_count,
    coalesce(e.error_count, 0) as error_count,
    coalesce(e.reconnect_count, 0) as reconnect_count,
    {{ newest_batch_id(sessions) }} + {{ newest_batch_id(ref("stg_youtube__chat_messages")) }} as batch_id,
    {{ newest_batch_id(sessions) }} as event_batch_id,
    greatest(s.loaded_at, coalesce(p.loaded_at, s.loaded_at)) as loaded_at
from minutes as m
inner join sessions as s on s.session_id = m.session_id
left join viewers as v on v.session_id = m.session_id and v.minute_at = m.minute_at
left join events as e on e.session_id = m.session_id and e.minute_at = m.minute_at
left join paid as p on p.session_id = m.session_id and p.minute_at = m.minute_at
