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
where started_at::date between $month_from and $through_date
order by started_at
