select
    age_hours,
    sum(clip_count) as clip_count,
    sum(mean_views * clip_count) / sum(clip_count) as mean_views,
    sum(full_age_clip_count) as full_age_clip_count,
    case
        when count(share_of_full_age_ratio) > 0 then sum(full_age_clip_views) / nullif(sum(full_age_views), 0)
    end as share_of_full_age_ratio
from clips.agg_view_curve
group by age_hours
order by age_hours
