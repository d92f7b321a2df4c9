{#
    contributions(prefix)   what the macros named <prefix>__<name> return, by name: a source or domain adds itself to
                            a list with a macro in its own folder, and the list knows none of them.
                            After adding one, parse in full: dbt parse --no-partial-parse
    arguments               positional arguments for each of them
#}
{% macro contributions(prefix, arguments=()) -%}
    {%- set found = {} -%}
    {%- for name in context | sort if name.startswith(prefix ~ "__") -%}
        {%- do found.update({name[prefix | length + 2 :]: context[name](*arguments)}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
