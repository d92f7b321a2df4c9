{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["activity_date", "account_id", "character_id"],
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events')) }}",
            "{{ delete_outdated_characters('activity_date', ['reconnects_per_hour']) }}",
        ],
    )
}}

{#- The session_count and viewer_sample_count are here for delete_outdated_characters. -#}
{%- set activity = ref("int_livestream__activity_hourly") %}
{%- set since = last_batch_id(ref("stg_livestream__events")) %}

with
    {% if is_incremental() %} touched as ({{ touched_characters("activity_date", since) }}),{% endif %}
    totals as (
        select
            a.activity_date,
            a.account_id,
            a.character_id,
            cast(sum(session_count) as bigint) as session_count,
            cast(sum(viewer_sample_count) as bigint) as viewer_sample_count,
            cast(sum(interaction_count) as bigint) as interaction_count,
            cast(sum(error_count) as bigint) as error_count,
            cast(sum(reconnect_count) as bigint) as reconnect_count,
            sum(open_seconds) as open_seconds,
            max(loaded_at) as loaded_at
        from {{ activity }} as a {{ join_touched_characters("a", "activity_date") }}
        group by a.activity_date, a.account_id, a.character_id
    ),
    responses as (
        select
            a.response_date as activity_date,
            a.account_id,
            a.character_id,
            count(*) as response_count,
            cast(sum(cast(response_seconds as decimal(18, 6))) as double) as response_seconds,
            {{ quantile("response_seconds", 0.5, [0.5, 0.9, 0.95]) }} as response_p50_seconds,
            {{ quantile("response_seconds", 0.9, [0.5, 0.9, 0.95]) }} as response_p90_seconds,
            {{ quantile("response_seconds", 0.95, [0.5, 0.9, 0.95]) }} as response_p95_seconds,
            count(*) filter (where {{ is_slow("response_seconds") }}) as slow_response_count
        from
            {{ ref("int_livestream__responses_measured") }}
            as a {{ join_touched_characters("a", "response_date") }}
        group by a.response_date, a.account_id, a.character_id
    ),
    by_emotion as (
        select
            a.interaction_date as activity_date,
            a.account_id,
            a.character_id,
            emotion,
            count(*) as emotion_count
        from {{ ref("fct_interactions") }} as a {{ join_touched_characters("a", "interaction_date") }}
        where emotion is not null
        group by a.interaction_date, a.account_id, a.character_id, emotion
    ),
    emotions as (
        select
            activity_date,
            account_id,
            character_id,
            cast(sum(emotion_count) as bigint) as emotion_interaction_count,
            {{ json_object_of("emotion", "emotion_count") }} as emotion_counts
        from by_emotion
        group by activity_date, account_id, character_id
    )

select
    t.activity_date,
    t.account_id,
    t.character_id,
    t.session_count,
    t.viewer_sample_count,
    coalesce(r.response_count, 0) as response_count,
    {{ ratio("r.response_seconds", "r.response_count") }} as response_mean_seconds,
    r.response_p50_seconds,
    r.response_p90_seconds,
    r.response_p95_seconds,
    {{ ratio("r.slow_response_count", "r.response_count") }} as slow_response_ratio,
    t.interaction_count,
    t.error_count,
    {{ ratio("t.error_count", "t.interaction_count") }} * 100 as errors_per_100_interactions,
    t.reconnect_count,
    {{ per_hour("t.reconnect_count", "t.open_seconds") }} as reconnects_per_hour,
    coalesce(e.emotion_interaction_count, 0) as emotion_interaction_count,
    e.emotion_counts,
    {{ newest_batch_id(activity) }} as batch_id,
    t.loaded_at
from totals as t
left join
    responses as r
    on r.activity_date = t.activity_date
    and r.account_id = t.account_id
    and r.character_id = t.character_id
left join
    emotions as e
    on e.activity_date = t.activity_date
    and e.account_id = t.account_id
    and e.character_id = t.character_id
