{#
    Reading of definitions in vars.behavior. A wrong one stops the command while the project is parsed, with a message
    that names the definition, the field and what would be right.

    behavior_error(where, field, problem)       stops
    behavior_given(value, default)              what stands for a field that is left out; false or '' is not left out
    behavior_known(where, given, known)         a mapping without unknown fields
    behavior_choice(where, field, value, choices, default)
    behavior_whole(where, field, value, least, most, default)
    behavior_micros(where, field, value)        microseconds of a length of time such as '7 days'
    behavior_name(where, value)                 a name that may stand in a file name and a URL
#}
{% macro behavior_error(where, field, problem) -%}
    {{ exceptions.raise_compiler_error("behavior: " ~ where ~ ": " ~ field ~ ": " ~ problem) }}
{%- endmacro %}

{% macro behavior_given(value, default) -%} {{ return(default if value is none else value) }} {%- endmacro %}

{% macro behavior_known(where, given, known) -%}
    {%- if given is not mapping -%}
        {{ behavior_error(where, "definition", "is not a mapping of fields: " ~ given) }}
    {%- endif -%}
    {%- for field in given if field not in known -%}
        {{ behavior_error(where, field, "unknown field; known are " ~ known | join(", ")) }}
    {%- endfor -%}
    {{ return(given) }}
{%- endmacro %}

{% macro behavior_choice(where, field, value, choices, default) -%}
    {%- set found = default if value is none else value -%}
    {%- if found is none -%}
        {{ behavior_error(where, field, "is missing; one of " ~ choices | join(", ")) }}
    {%- endif -%}
    {%- if found not in choices -%}
        {{ behavior_error(where, field, "'" ~ found ~ "' is none of " ~ choices | join(", ")) }}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{% macro behavior_whole(where, field, value, least, most, default=none) -%}
    {%- set found = default if value is none else value -%}
    {%- if found is none -%} {{ behavior_error(where, field, "is missing") }} {%- endif -%}
    {%- if found is not integer or found is boolean or found < least or found > most -%}
        {{
            behavior_error(
                where, field, "'" ~ found ~ "' is not a whole number from " ~ least ~ " to " ~ most
            )
        }}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{% macro behavior_micros(where, field, value) -%}
    {%- set seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800} -%}
    {%- set match = modules.re.match(
        "^([1-9][0-9]{0,11}) (second|minute|hour|day|week)s?\\Z", value | string
    ) -%}
    {#- Ten thousand years, which any moment may be followed by. -#}
    {%- set found = match.group(1) | int * seconds[match.group(2)] if match else none -%}
    {%- if found is none or found > 316000000000 -%}
        {{
            behavior_error(
                where,
                field,
                ("'" ~ value ~ "' is not a length of time" if value is not none else "is missing")
                ~ "; write for example '30 minutes', '1 day' or '2 weeks'",
            )
        }}
    {%- endif -%}
    {{ return(found * 1000000) }}
{%- endmacro %}

{% macro behavior_name(where, value) -%}
    {%- if value is not string or not modules.re.match("^[a-z][a-z0-9_]{0,62}\\Z", value) -%}
        {{
            behavior_error(
                where,
                "name",
                (
                    "is missing"
                    if value is none
                    else "'" ~ value ~ "' is not lower-case letters, digits and underscores, 63 at most"
                ),
            )
        }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
