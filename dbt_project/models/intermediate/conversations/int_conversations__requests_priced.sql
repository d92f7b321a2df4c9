{{ config(materialized="view") }}

{#- A view, so that a corrected price list needs no rebuild. -#}
with
    prices as (select * from {{ ref("int_conversations__prices_in_force") }}),
    requests as (
        select
            r.*,
            -- A model's fast mode and its regional endpoints have prices of their own.
            coalesce(f.model, g.model, r.price_list_model) as priced_as
        from {{ ref("int_conversations__requests_deduplicated") }} as r
        left join
            (select distinct model from prices) as f
            on r.is_fast
            and f.model = concat(r.price_list_model, '-fast')
        left join
            (select distinct model from prices) as g
            on {{ is_regional_model("r.model") }}
            and g.model = concat(r.price_list_model, '-regional')
        where not r.is_replay
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
