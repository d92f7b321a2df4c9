{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="clip_id",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_twitch__clips')) }}",
            "{{ delete_touched(ref('int_clips__clips_latest'), ['clip_id']) }}",
        ],
    )
}}

{%- set snapshots = ref("stg_twitch__clips") %}
{%- set clips = ref("int_clips__clips_latest") %}
{%- set baseline_seconds = var("clips_baseline_age_hours") * 3600 %}

with
    sightings as (
        select
            s.clip_id,
            c.account_id,
            s.collected_at as snapshot_at,
            {{ reporting_date("s.collected_at") }} as snapshot_date,
            {{ seconds_between("c.created_at", "s.collected_at") }} as age_seconds,
            s.view_count,
            s.was_looked_up,
            s.is_gone,
            s.collection_id,
            c.batch_id,
            s.loaded_at
        from {{ snapshots }} as s
        inner join {{ clips }} as c on c.clip_id = s.clip_id
        {% if is_incremental() %} where c.batch_id > {{ last_batch_id(snapshots) }} {% endif %}
    ),
    -- From one known view count to the next, whatever lies between them.
    compared as (
        select
            clip_id,
            snapshot_at,
            lag(view_count) over (partition by clip_id order by snapshot_at) as previous_view_count
        from sightings
        where view_count is not null
    )

select
    s.clip_id,
    s.account_id,
    s.snapshot_at,
    s.snapshot_date,
    s.age_seconds,
    s.view_count,
    case
        when c.previous_view_count is not null
        then s.view_count - c.previous_view_count
        when s.age_seconds <= {{ baseline_seconds }}
        then s.view_count
    end as views_gained,
    case
        when c.previous_view_count is null and s.age_seconds > {{ baseline_seconds }} then s.view_count
    end as baseline_views,
    s.was_looked_up,
    s.is_gone,
    s.collection_id,
    s.batch_id,
    s.loaded_at
from sightings as s
left join compared as c on c.clip_id = s.clip_id and c.snapshot_at = s.snapshot_at
