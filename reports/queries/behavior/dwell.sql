-- Ranked by visitors; equal counts share a rank.
select
    rank() over (order by people_count desc) as place,
    content_type,
    content_id,
    people_count,
    visit_count,
    mean_dwell_seconds,
    median_dwell_seconds,
    p90_dwell_seconds
from behavior.agg_dwell_content
where timeframe = 'all_time'
qualify place <= 15
order by place, content_type, content_id
limit 30
