-- The steps that most sessions take, over all time.
select domain, from_kind, to_kind, session_count, people_count, transition_count, transition_share_ratio, mean_gap_seconds
from behavior.agg_journeys
where timeframe = 'all_time' and not is_withheld
qualify rank() over (order by session_count desc) <= 15
order by session_count desc, domain, from_kind, to_kind
limit 30
