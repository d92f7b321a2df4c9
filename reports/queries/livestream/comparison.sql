select
    character_account_id,
    character_id,
    other_account_id,
    other_character_id,
    shared_date_count,
    session_count,
    other_session_count,
    viewer_average,
    other_viewer_average,
    viewer_average / nullif(other_viewer_average, 0) as viewer_average_ratio,
    interactions_per_viewer_hour,
    other_interactions_per_viewer_hour,
    converted_amount_per_hour_watched,
    other_converted_amount_per_hour_watched,
    response_mean_seconds,
    other_response_mean_seconds,
    withheld_reason
from livestream.agg_character_comparison
where period = 'last_30_days'
order by is_withheld, shared_date_count desc, character_id, other_character_id, character_account_id, other_account_id
limit 40
