select domain, place, path, session_count, people_count, session_share_ratio
from behavior.agg_journey_paths
where timeframe = 'all_time' and place <= 10
order by domain, place, path
limit 60
