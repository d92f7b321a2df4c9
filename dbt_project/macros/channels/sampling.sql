{#
    Live streams are known from looks at a channel, some minutes apart.

    stream_sampling_seconds(count)   that many intervals between two looks; TWITCH_STREAM_POLL_SECONDS or the variable
                                     stream_sampling_seconds
    sampling_step(ts)                BIGINT number of the step of two intervals that holds a time: what comes within two
                                     intervals after it is in its step or the next
    polled_accounts(condition)       subquery: one row an account and look that satisfies a condition on alias p
    hours_of(micros)                 DOUBLE hours of a sum of microseconds
    seconds_of(micros)               DOUBLE seconds
#}
{% macro stream_sampling_seconds(count=1) -%}
    {%- set seconds = (env_var("TWITCH_STREAM_POLL_SECONDS", "") | trim) or var("stream_sampling_seconds") -%}
    {%- if not modules.re.match("^[1-9][0-9]{0,4}$", seconds | string) -%}
        {{
            exceptions.raise_compiler_error(
                "TWITCH_STREAM_POLL_SECONDS: '" ~ seconds ~ "' is not a whole number of seconds such as 600"
            )
        }}
    {%- endif -%}
    {{ return((seconds | int) * count) }}
{%- endmacro %}

{% macro sampling_step(ts) -%}
    cast(floor({{ unix_micros(ts) }} / {{ stream_sampling_seconds(2) * 1000000 }}) as bigint)
{%- endmacro %}

{% macro polled_accounts(condition="true") -%}
    (
        select
            {{ explode_json_list("p.polled_account_ids") }} as account_id,
            p.collection_id,
            p.collected_at as polled_at,
            p.batch_id,
            p.loaded_at
        from {{ ref("stg_twitch__stream_polls") }} as p
        where {{ condition }}
    )
{%- endmacro %}

{% macro hours_of(micros) -%}(cast({{ micros }} as double) / 3600000000) {%- endmacro %}

{% macro seconds_of(micros) -%}(cast({{ micros }} as double) / 1000000) {%- endmacro %}
