select
    started_at,
    ends_at,
    first_request_at,
    last_request_at,
    request_count,
    conversation_count,
    total_tokens,
    cost_usd
from conversations.agg_usage_blocks
-- Instants are UTC, the period's dates those of the reporting zone.
where
    ((started_at at time zone 'UTC') at time zone $reporting_timezone)::date
    between $month_from and $through_date
order by started_at
