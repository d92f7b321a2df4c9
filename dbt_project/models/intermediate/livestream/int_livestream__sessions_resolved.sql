{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="session_id",
        pre_hook="{{ clear_if_displaced(ref('stg_livestream__events')) }}",
    )
}}

{%- set staged = ref("stg_livestream__events") %}
{%- set since = last_batch_id(staged) %}
{%- set fields = {
    "duration": "DOUBLE",
    "viewerStats": "VARCHAR",
    "interactionStats": "VARCHAR",
    "technicalStats": "VARCHAR",
} %}
{%- set kinds = ["viewer_sample", "interaction", "error", "reconnect"] %}

with
    {% if is_incremental() %}
        -- What is live may have ended by the time of the newest data.
        touched as (
            select session_id
            from {{ staged }}
            where batch_id > {{ since }} and session_id is not null
            union
            select session_id
            from {{ this }}
            where is_live
        ),
    {% endif %}
    events as (
        select *
        from {{ staged }}
        where
            session_id
            {% if is_incremental() %} in (select t.session_id from touched as t)
            {% else %} is not null
            {% endif %}
    ),
    totals as (
        select
            session_id,
            {{ of_session("account_id") }} as account_id,
            {{ of_session("character_id") }} as character_id,
            {{ of_session("video_id") }} as video_id,
            -- An end begins nothing: one that lies before all else is not believed.
            coalesce(
                min(occurred_at) filter (where event_type <> 'session_end'), min(occurred_at)
            ) as first_event_at,
            max(occurred_at) filter (where not is_document) as last_tracked_at,
            min(occurred_at) filter (where event_type = 'session_start' or is_document) as told_start_at,
            max(
                case when event_type = 'session_end' then occurred_at when is_document then ended_at end
            ) as told_end_at,
            count(*) filter (where not is_document) as tracked_count,
            {% for kind in kinds -%}
                count(*) filter (where event_type = '{{ kind }}') as {{ kind }}_count,
            {% endfor -%}
            max(loaded_at) as loaded_at
        from events
        group by session_id
    ),
    -- A document, or the same figures repeated at the end of a session.
    parsed as (
        select
            session_id,
            is_document,
            occurred_at,
            coalesce(ended_at, case when not is_document then occurred_at end) as ended_at,
            {{ json_fields("data", fields) }} as fields,
            load_id,
            file_id,
            line_number,
            loaded_at
        from events
        where is_document or event_type = 'session_end'
    ),
    told as (
        select
            session_id,
            is_document,
            occurred_at,
            ended_at,
            loaded_at,
            load_id,
            file_id,
            line_number,
            coalesce(fields.viewerstats, fields.interactionstats, fields.technicalstats)
            is not null as has_figures,
            fields.duration as duration_seconds,
            {{ json_text("fields.viewerStats", "samples") }} as samples,
            {{ json_text("fields.interactionStats", "responseTimes") }} as response_times,
            {{ json_number("fields.viewerStats", "peak", "bigint") }} as viewer_peak,
            {{ json_number("fields.viewerStats", "average") }} as viewer_average,
            {{ json_number("fields.interactionStats", "total", "bigint") }} as interaction_count,
            {{ json_number("fields.interactionStats", "superChats", "bigint") }} as super_chat_count,
            {{ json_number("fields.interactionStats", "superChatRevenue", "decimal(18, 6)") }}
            as super_chat_amount,
            {{ json_number("fields.interactionStats", "responseTimeAvg") }} as response_time_mean,
            {{ json_number("fields.technicalStats", "errors", "bigint") }} as error_count,
            {{ json_number("fields.technicalStats", "reconnects", "bigint") }} as reconnect_count
        from parsed
        where
            is_document
            or coalesce(fields.viewerstats, fields.interactionstats, fields.technicalstats) is not null
            or fields.duration is not null
    ),
    -- Of several the most complete, then the youngest: a document is exported again while its session runs.
    summaries as (
        select
            *,
            row_number() over (
                partition by session_id
                order by
                    case when has_figures then 0 else 1 end,
                    case when ended_at is null then 1 else 0 end,
                    case when is_document then 0 else 1 end,
                    coalesce({{ json_array_length("samples") }}, 0) desc,
                    loaded_at desc,
                    load_id desc,
                    file_id desc,
                    line_number desc
            ) as place
        from told
    ),
    placed as (
        select
            t.*,
            s.is_document as is_told_by_document,
            case
                when s.is_document
                then s.occurred_at
                -- A year bounds what an absurd duration can do.
                when s.duration_seconds between 0 and 31622400
                then {{ add_micros("s.occurred_at", "-" ~ nearest_bigint("s.duration_seconds * 1000000")) }}
                else coalesce(t.told_start_at, t.first_event_at)
            end as summary_started_at,
            coalesce({{ json_array_length("s.samples") }}, 0) as told_sample_count,
            s.samples,
            s.response_times,
            s.duration_seconds as told_duration_seconds,
            s.viewer_peak as told_viewer_peak,
            s.viewer_average as told_viewer_average,
            s.interaction_count as told_interaction_count,
            s.super_chat_count as told_super_chat_count,
            s.super_chat_amount as told_super_chat_amount,
            {{ response_seconds("s.response_time_mean") }} as told_response_seconds,
            s.error_count as told_error_count,
            s.reconnect_count as told_reconnect_count
        from totals as t
        left join summaries as s on s.session_id = t.session_id and s.place = 1
    ),
    timed as (
        select
            *,
            -- The start that a session's end implies counts only where nothing else tells one.
            least(
                first_event_at,
                case
                    when told_start_at is null and told_duration_seconds is not null then summary_started_at
                end
            ) as started_at,
            greatest(
                last_tracked_at,
                case
                    when is_told_by_document
                    then {{ add_seconds("summary_started_at", "told_sample_count * " ~ sampling_seconds()) }}
                end,
                first_event_at
            ) as last_seen_at
        from placed
    ),
    newest as (select max(least(occurred_at, loaded_at)) as seen_until_at from {{ staged }})

select
    t.session_id,
    coalesce(t.account_id, {{ default_account("t.character_id") }}, t.character_id, 'unknown') as account_id,
    coalesce(t.character_id, 'unknown') as character_id,
    t.video_id,
    t.started_at,
    case when t.told_end_at >= t.started_at then t.told_end_at end as ended_at,
    t.last_seen_at,
    -- Where no end is told, the last sign of life stands for one more sampling interval.
    case
        when t.told_end_at >= t.started_at
        then t.told_end_at
        else {{ add_seconds("t.last_seen_at", sampling_seconds()) }}
    end as closes_at,
    coalesce(t.told_end_at >= t.started_at, false) = false
    and t.last_seen_at > {{ add_seconds("n.seen_until_at", -var("stream_live_seconds")) }} as is_live,
    t.tracked_count,
    t.viewer_sample_count,
    t.interaction_count,
    t.error_count,
    t.reconnect_count,
    t.is_told_by_document,
    t.summary_started_at,
    t.samples,
    t.response_times,
    t.told_duration_seconds,
    t.told_viewer_peak,
    t.told_viewer_average,
    t.told_interaction_count,
    t.told_super_chat_count,
    t.told_super_chat_amount,
    t.told_response_seconds,
    t.told_error_count,
    t.told_reconnect_count,
    {{ newest_batch_id(staged) }} as batch_id,
    t.loaded_at
from timed as t
cross join newest as n
