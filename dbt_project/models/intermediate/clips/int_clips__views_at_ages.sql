{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="clip_id",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_twitch__clips')) }}",
            "{{ delete_touched(ref('fct_clip_snapshots'), ['clip_id']) }}",
        ],
    )
}}

{#- Views at an age lie on the straight line between the known counts before and after it; a clip begins with 0. -#}
{%- set snapshots = ref("fct_clip_snapshots") %}
{%- set gap_seconds = var("clips_interpolation_hours") * 3600 %}

with
    counts as (
        select clip_id, account_id, age_seconds, view_count, batch_id, loaded_at
        from {{ snapshots }}
        where
            view_count is not null and age_seconds > 0
            {% if is_incremental() %} and batch_id > {{ last_batch_id(ref("stg_twitch__clips")) }} {% endif %}
    ),
    steps as (
        select
            clip_id,
            account_id,
            coalesce(lag(age_seconds) over (partition by clip_id order by age_seconds), 0) as from_seconds,
            coalesce(lag(view_count) over (partition by clip_id order by age_seconds), 0) as from_views,
            age_seconds as to_seconds,
            view_count as to_views,
            batch_id,
            loaded_at
        from counts
    ),
    ages as (
        {% for hours in var("clips_ages_hours") %}
            select cast({{ hours }} as bigint) as age_hours {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    s.clip_id,
    s.account_id,
    a.age_hours,
    cast(
        round(
            s.from_views
            + (s.to_views - s.from_views)
            * ((a.age_hours * 3600 - s.from_seconds) / (s.to_seconds - s.from_seconds))
        ) as bigint
    ) as view_count,
    s.batch_id,
    s.loaded_at
from steps as s
inner join ages as a on a.age_hours * 3600 > s.from_seconds and a.age_hours * 3600 <= s.to_seconds
-- Over a longer gap a straight line says nothing.
where s.to_seconds - s.from_seconds <= {{ gap_seconds }}
