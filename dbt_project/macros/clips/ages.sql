{# viral_ages_hours()  ages at which a clip may be viral: columns of marts, and so their contracts, are named after them #}
{% macro viral_ages_hours() -%}
    {%- set ages = [24, 72, 168] -%}
    {%- for hours in ages if hours not in var("clips_ages_hours") -%}
        {{
            exceptions.raise_compiler_error(
                "clips_ages_hours: " ~ hours ~ " is missing; viral clips need " ~ ages | join(", ")
            )
        }}
    {%- endfor -%}
    {{ return(ages) }}
{%- endmacro %}

{# full_age_hours()  the age with which the view curve compares all others #}
{% macro full_age_hours() -%}
    {%- set hours, ages = var("clips_curve_full_age_hours"), var("clips_ages_hours") -%}
    {%- if hours not in ages -%}
        {{
            exceptions.raise_compiler_error(
                "clips_curve_full_age_hours: " ~ hours ~ " is none of clips_ages_hours: " ~ ages
                | join(", ")
            )
        }}
    {%- endif -%}
    {{ return(hours) }}
{%- endmacro %}
