{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["hour_at", "account_id", "character_id"],
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events')) }}",
            "{{ delete_outdated_characters('hour_at') }}",
        ],
    )
}}

{%- set activity = ref("int_livestream__activity_hourly") %}
{%- set since = last_batch_id(ref("stg_livestream__events")) %}

with
    {% if is_incremental() %} touched as ({{ touched_characters("hour_at", since) }}),{% endif %}
    hours as (
        select
            a.hour_at,
            activity_date,
            a.account_id,
            a.character_id,
            {{ character_measures() }},
            max(loaded_at) as loaded_at
        from {{ activity }} as a {{ join_counted_sessions("a") }}
        {% if is_incremental() %}
            inner join
                touched as t
                on t.hour_at = a.hour_at
                and t.account_id = a.account_id
                and t.character_id = a.character_id
        {% endif %}
        group by a.hour_at, activity_date, a.account_id, a.character_id
    )

select
    hour_at,
    activity_date,
    cast(extract(hour from {{ reporting_time("hour_at") }}) as bigint) as hour_of_day,
    account_id,
    character_id,
    session_count,
    streamed_seconds,
    viewer_peak,
    viewer_average,
    viewer_sample_mean,
    viewer_sample_count,
    hours_watched,
    covered_seconds,
    sample_coverage_ratio,
    interaction_count,
    user_count,
    engagement_ratio,
    interactions_per_viewer_hour,
    error_count,
    reconnect_count,
    {{ newest_batch_id(activity) }} as batch_id,
    loaded_at
from hours
