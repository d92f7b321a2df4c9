with
    days as (
        select
            activity_date,
            {{ conversation_measures() }},
            cast(sum(response_count) as bigint) as response_count,
            cast(sum(error_count) as bigint) as error_count,
            cast(sum(outcome_count) as bigint) as outcome_count,
            {{ ratio("sum(error_count)", "sum(outcome_count)") }} as error_rate_ratio,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_conversations__activity_hourly") }}
        group by activity_date
    ),
    responses as (
        select
            turn_date,
            {% for percent in [50, 90, 95] -%}
                {{ quantile("response_seconds", percent / 100, [0.5, 0.9, 0.95]) }}
                as p{{ percent }}_response_seconds
                {{- "," if not loop.last }}
            {% endfor %}
        from {{ ref("fct_turns") }}
        group by turn_date
    )

select
    d.activity_date,
    d.conversation_count,
    d.active_conversation_count,
    d.message_count,
    d.user_count,
    d.request_count,
    d.input_tokens,
    d.output_tokens,
    d.cache_write_tokens,
    d.cache_read_tokens,
    d.total_tokens,
    d.cost_usd,
    d.turn_count,
    d.mean_response_seconds,
    r.p50_response_seconds,
    r.p90_response_seconds,
    r.p95_response_seconds,
    d.response_count,
    d.error_count,
    d.outcome_count,
    d.error_rate_ratio,
    d.batch_id,
    d.loaded_at
from days as d
left join responses as r on r.turn_date = d.activity_date
