{#
    contributions(prefix)   what the macros named <prefix>__<name> return, by name: a source or domain adds itself to
                            a list with a macro in its own folder, and the list knows none of them.
                            After adding one, parse in full: dbt parse --no-partial-parse
    arguments               positional arguments for each of them
    contributors(prefix)    the names alone
#}
{% macro contributions(prefix, arguments=()) -%}
    {%- set found = {} -%}
    {%- for name in contributors(prefix) -%}
        {%- do found.update({name: context[prefix ~ "__" ~ name](*arguments)}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro contributors(prefix) -%}
    {%- set found = [] -%}
    {# All macros there are, of dbt as well: only what is found is sorted. #}
    {%- for name in context if name.startswith(prefix ~ "__") -%}
        {%- do found.append(name[prefix | length + 2 :]) -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{%- endmacro %}
