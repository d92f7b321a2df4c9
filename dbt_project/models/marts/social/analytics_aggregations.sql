{{ config(materialized="view") }}

select
    {{ surrogate_key(["timeframe", "event_type", "period_started_at"]) }} as id,
    timeframe,
    event_type,
    period_started_at as timestamp,
    event_count as count,
    {{
        json_object(
            {
                "user_count": "user_count",
                "session_count": "session_count",
                "period_date": "cast(period_date as string)",
            }
        )
    }} as metadata,
    batch_id,
    loaded_at
from {{ ref("agg_events_period") }}
