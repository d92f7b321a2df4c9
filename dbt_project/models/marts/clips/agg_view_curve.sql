{#- The share compares each clip with itself at the last age, so that clips too young for that age do not bend it. -#}
{%- set views = ref("int_clips__views_at_ages") %}
{%- set full_age = full_age_hours() %}

select
    v.account_id,
    v.age_hours,
    count(*) as clip_count,
    cast(sum(v.view_count) as double) / count(*) as mean_views,
    {{ quantile("v.view_count", 0.5, [0.5, 0.9]) }} as p50_views,
    {{ quantile("v.view_count", 0.9, [0.5, 0.9]) }} as p90_views,
    count(f.clip_id) as full_age_clip_count,
    cast(sum(case when f.clip_id is not null then v.view_count end) as bigint) as full_age_clip_views,
    cast(sum(f.view_count) as bigint) as full_age_views,
    case
        when v.age_hours <= {{ full_age }}
        then
            {{
                ratio(
                    "sum(case when f.clip_id is not null then v.view_count end)",
                    "sum(f.view_count)",
                )
            }}
    end as share_of_full_age_ratio,
    max(greatest(v.batch_id, f.batch_id)) as batch_id,
    max(greatest(v.loaded_at, f.loaded_at)) as loaded_at
from {{ views }} as v
left join {{ views }} as f on f.clip_id = v.clip_id and f.age_hours = {{ full_age }}
group by v.account_id, v.age_hours
