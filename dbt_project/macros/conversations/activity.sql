{# The whole-number measures of int_conversations__activity_hourly, and the columns of one of its inputs. #}
{% macro activity_measure_names() -%}
    {{
        return(
            [
                "created_count",
                "message_count",
                "request_count",
                "turn_count",
                "input_tokens",
                "output_tokens",
                "cache_write_tokens",
                "cache_read_tokens",
                "response_count",
                "response_micros",
                "active_micros",
                "error_count",
                "outcome_count",
            ]
        )
    }}
{%- endmacro %}

{% macro activity_measures_of(given) -%}
    {%- for name in activity_measure_names() -%}
        cast({{ given.get(name, "0") }} as bigint) as {{ name }},
    {% endfor -%}
    cast({{ given.get("cost_usd", "null") }} as decimal(38, 12)) as cost_usd,
{%- endmacro %}

{# The measures that hourly and daily conversation marts share, over int_conversations__activity_hourly. #}
{% macro conversation_measures() -%}
    cast(sum(created_count) as bigint) as conversation_count,
    count(distinct conversation_id) as active_conversation_count,
    cast(sum(message_count) as bigint) as message_count,
    count(distinct user_id) as user_count,
    cast(sum(request_count) as bigint) as request_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(total_tokens) as bigint) as total_tokens,
    cast(sum(cost_usd) as decimal(38, 12)) as cost_usd,
    cast(sum(turn_count) as bigint) as turn_count,
    {{ mean_response_seconds() }} as mean_response_seconds
{%- endmacro %}

{% macro mean_response_seconds() -%}
    cast(sum(response_micros) as double) / nullif(cast(sum(response_count) as double), 0) / 1000000
{%- endmacro %}
