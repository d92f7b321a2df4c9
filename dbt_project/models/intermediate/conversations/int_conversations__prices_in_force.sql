{{ config(materialized="view") }}

select
    {{ surrogate_key(["model", "valid_from"]) }} as price_key,
    model,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    -- A model's first price also holds for what a wrong clock dates before its launch.
    case
        when row_number() over (partition by model order by valid_from nulls first) > 1
        then cast(valid_from as timestamp)
    end as in_force_from,
    cast(valid_to as timestamp) as in_force_to,
    {% for tier in ["", "long_context_"] -%}
        {% if tier -%}
            cast(long_context_threshold_tokens as bigint) as long_context_threshold_tokens,
        {%- endif %}
        {% for kind in ["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"] -%}
            cast({{ tier }}{{ kind }}_usd_per_mtok as decimal(12, 6)) as {{ tier }}{{ kind }}_usd_per_mtok,
        {% endfor %}
    {%- endfor %}
    source,
    cast(source_date as date) as source_date
from {{ ref("conversations_model_prices") }}
