{#
    Conversion into the reporting currency (REPORTING_CURRENCY, else the variable reporting_currency) at the rate of a
    date.

    reporting_currency()                      text literal
    join_rates(currency, date, alias="fx")    joins that `converted` and `is_rate_filled` read; `currency` and `date`
                                              are columns of what stands before
    converted(amount, currency, alias="fx")   DECIMAL(18,6); NULL where one of the two currencies has no rate,
                                              and of 10^12 and more
    is_rate_filled(currency, alias="fx")      whether a rate of an earlier date stood in; NULL where there is none
#}
{% macro reporting_currency() -%}
    {%- set currency = (env_var("REPORTING_CURRENCY", "") | trim) or var("reporting_currency") -%}
    {%- if not modules.re.match("^[A-Z][A-Z][A-Z]$", currency) -%}
        {{
            exceptions.raise_compiler_error(
                "REPORTING_CURRENCY: '" ~ currency ~ "' is not an ISO 4217 code"
            )
        }}
    {%- endif -%}
    '{{ currency }}'
{%- endmacro %}

{% macro join_rates(currency, date, alias="fx") -%}
    left join
        {{ ref("int_fx__rates_filled") }} as {{ alias }}_from
        on {{ alias }}_from.currency = {{ currency }}
        and {{ alias }}_from.rate_date = {{ date }}
    left join
        {{ ref("int_fx__rates_filled") }} as {{ alias }}_to
        on {{ alias }}_to.currency = {{ reporting_currency() }}
        and {{ alias }}_to.rate_date = {{ date }}
{%- endmacro %}

{% macro converted(amount, currency, alias="fx") -%}
    case
        when {{ currency }} = {{ reporting_currency() }}
        then cast({{ amount }} as decimal(18, 6))
        else
            try_cast(
                cast({{ amount }} as double)
                * cast({{ _per_euro(reporting_currency(), alias ~ "_to") }} as double)
                / cast({{ _per_euro(currency, alias ~ "_from") }} as double) as decimal(18, 6)
            )
    end
{%- endmacro %}

{% macro is_rate_filled(currency, alias="fx") -%}
    case
        when {{ currency }} = {{ reporting_currency() }}
        then false
        -- One rate of two converts nothing.
        when
            {{ _per_euro(currency, alias ~ "_from") }} is not null
            and {{ _per_euro(reporting_currency(), alias ~ "_to") }} is not null
        then
            case when {{ currency }} = 'EUR' then false else {{ alias }}_from.is_filled end
            or case when {{ reporting_currency() }} = 'EUR' then false else {{ alias }}_to.is_filled end
    end
{%- endmacro %}

{% macro _per_euro(currency, alias) -%}
    case when {{ currency }} = 'EUR' then 1 else {{ alias }}.per_euro end
{%- endmacro %}
