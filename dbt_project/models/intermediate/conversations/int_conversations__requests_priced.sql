{{ config(materialized="view") }}

{#- A view, so that a corrected price list needs no rebuild. -#}
{%- set columns = [
    "deduplicated_by",
    "request_id",
    "message_id",
    "conversation_id",
    "agent_id",
    "project",
    "user_id",
    "is_regional",
    "requested_at",
    "is_sidechain",
    "is_replay",
    "copy_count",
    "batch_id",
    "loaded_at",
] %}
{#- What an attempt inside a request has of its own. -#}
{%- set priced_columns = [
    "model",
    "price_list_model",
    "is_fast",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "cost_reported_usd",
] %}
{%- set attempt_fields = {
    "place": "BIGINT",
    "model": "VARCHAR",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "cache_creation_tokens": "BIGINT",
    "cache_write_5m_tokens": "BIGINT",
    "cache_write_1h_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
} %}
with
    prices as (select * from {{ ref("int_conversations__prices_in_force") }}),
    names as (select distinct model from prices),
    counted as (select * from {{ ref("int_conversations__requests_deduplicated") }} where not is_replay),
    exploded as (
        select counted.*, {{ explode_json("other_attempts", attempt_fields) }} as attempt
        from counted
        where other_attempts is not null
    ),
    -- What an advisor, a compaction or a model that declined midway spent costs what the model costs
    -- that ran it.
    attempts as (
        select
            {{ surrogate_key(["'attempt'", "request_key", "attempt.place"]) }} as request_key,
            {% for column in columns %} {{ column }}, {% endfor %}
            coalesce(attempt.model, model) as model,
            case
                when attempt.model is null then price_list_model else {{ price_list_model("attempt.model") }}
            end as price_list_model,
            case when attempt.model is null then is_fast end as is_fast,
            coalesce(attempt.input_tokens, 0) as input_tokens,
            coalesce(attempt.output_tokens, 0) as output_tokens,
            {{ five_minute_tokens("attempt.") }} as cache_write_5m_tokens,
            coalesce(attempt.cache_write_1h_tokens, 0) as cache_write_1h_tokens,
            coalesce(attempt.cache_read_tokens, 0) as cache_read_tokens,
            cast(null as decimal(24, 12)) as cost_reported_usd
        from exploded
    ),
    all_requests as (
        {% for requests in ["counted", "attempts"] %}
            select {{ (["request_key"] + columns + priced_columns) | join(", ") }}
            from {{ requests }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),
    requests as (
        select
            r.*,
            r.input_tokens
            + r.output_tokens
            + r.cache_write_5m_tokens
            + r.cache_write_1h_tokens
            + r.cache_read_tokens as total_tokens,
            -- Fast mode, regional endpoints and both at once have prices of their own.
            coalesce(b.model, f.model, g.model, r.price_list_model) as priced_as
        from all_requests as r
        left join
            names as b
            on r.is_fast
            and r.is_regional
            and b.model = concat(r.price_list_model, '-fast-regional')
        left join names as f on r.is_fast and f.model = concat(r.price_list_model, '-fast')
        left join names as g on r.is_regional and g.model = concat(r.price_list_model, '-regional')
    ),
    rated as (
        select
            r.*,
            p.price_key,
            -- One tier for the whole request, by the length of its prompt.
            coalesce(
                r.input_tokens + r.cache_write_5m_tokens + r.cache_write_1h_tokens + r.cache_read_tokens
                > p.long_context_threshold_tokens,
                false
            ) as is_long_context,
            {% for kind in ["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"] %}
                case
                    when is_long_context
                    then p.long_context_{{ kind }}_usd_per_mtok
                    else p.{{ kind }}_usd_per_mtok
                end as {{ kind }}_rate {{- "," if not loop.last }}
            {% endfor %}
        from requests as r
        left join
            prices as p
            on p.model = r.priced_as
            and (p.in_force_from is null or r.requested_at >= p.in_force_from)
            and (p.in_force_to is null or r.requested_at < p.in_force_to)
            and r.requested_at is not null
    )

select
    *,
    cast(
        cast(
            input_tokens * input_rate
            + output_tokens * output_rate
            + cache_write_5m_tokens * cache_write_5m_rate
            + cache_write_1h_tokens * cache_write_1h_rate
            + cache_read_tokens * cache_read_rate as decimal(30, 6)
        )
        * cast(0.000001 as decimal(6, 6)) as decimal(24, 12)
    ) as cost_calculated_usd
from rated
