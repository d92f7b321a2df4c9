{#
    What ops needs to know of each source.

    loaded_sources()            source -> {raw data table: its staging model, which has load_id}; each source gives
                                its own with a macro loaded_source__<source>
    union_sources(table, columns, names)
                                select over raw_<source>.<table> of all sources, or of those named, with a column source
    collected_sources()         the sources that ask a platform: those with a raw table collections
#}
{% macro loaded_sources() -%} {{ return(contributions("loaded_source")) }} {%- endmacro %}

{% macro union_sources(table, columns, names=none) -%}
    {%- for name in names or loaded_sources() %}
        select '{{ name }}' as source, {{ columns | join(", ") }}
        from {{ source("raw_" ~ name, table) }} {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{%- macro collected_sources() -%}
    {%- set names = [] -%}
    {%- for name, tables in loaded_sources().items() if "collections" in tables -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
