{#
    What the input of the livestream domain does not say itself. The environment wins over the variable.

    response_seconds(value)      DOUBLE seconds of a response time as the app gave it: the seed of such apps takes
                                 Date.now() differences, so milliseconds unless LIVESTREAM_RESPONSE_TIME_UNIT is s.
                                 0 is what an app writes where it has none: NULL
    default_currency()           text literal: the currency of super chats that name none; XXX (ISO 4217: no currency)
                                 unless LIVESTREAM_CURRENCY names one
    default_account(character)   the account of sessions whose events name none: LIVESTREAM_ACCOUNT_ID, else the
                                 character
    sampling_seconds(count)      that many intervals between two samples of viewers
    is_slow(seconds)             a response time over the threshold
#}
{% macro response_seconds(value) -%}
    {%- set unit = (env_var("LIVESTREAM_RESPONSE_TIME_UNIT", "") | trim) or var(
        "livestream_response_time_unit"
    ) -%}
    {%- if unit not in ("ms", "s") -%}
        {{ exceptions.raise_compiler_error("LIVESTREAM_RESPONSE_TIME_UNIT: '" ~ unit ~ "' is not ms or s") }}
    {%- endif -%}
    case when {{ value }} > 0 then {{ value }} {{ "/ 1000" if unit == "ms" }} end
{%- endmacro %}

{% macro default_currency() -%}
    {%- set currency = (env_var("LIVESTREAM_CURRENCY", "") | trim) or var("livestream_currency") -%}
    {%- if not modules.re.match("^[A-Z][A-Z][A-Z]$", currency) -%}
        {{
            exceptions.raise_compiler_error(
                "LIVESTREAM_CURRENCY: '" ~ currency ~ "' is not an ISO 4217 code such as EUR"
            )
        }}
    {%- endif -%}
    '{{ currency }}'
{%- endmacro %}

{% macro default_account(character) -%}
    {%- set account = env_var("LIVESTREAM_ACCOUNT_ID", "") | trim -%}
    {%- if not modules.re.match("^[A-Za-z0-9_.:-]{0,100}$", account) -%}
        {{
            exceptions.raise_compiler_error(
                "LIVESTREAM_ACCOUNT_ID may hold letters, digits and _ . : - only, at most 100"
            )
        }}
    {%- endif -%}
    {%- if account -%} '{{ account }}'
    {%- else -%} {{ character }}
    {%- endif -%}
{%- endmacro %}

{% macro sampling_seconds(count=1) -%} {{ count * var("viewer_sampling_seconds") }} {%- endmacro %}

{% macro is_slow(seconds) -%} ({{ seconds }} > {{ var("slow_response_seconds") }}) {%- endmacro %}
