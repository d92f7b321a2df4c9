{#
    Condition, of literals: the DATE column has a value that a row of the relation with a batch above `since` has too.
    Of use beside a join with the touched keys, which implies it: with literals the engine skips what has none of them,
    where a join reads every row of the history. True where all is new, or where there are too many dates to list.
#}
{% macro on_new_dates(column, relation, since, most=400) -%}
    {%- if not execute or since == "0" -%} {{ return("true") }} {%- endif -%}
    {%- set dates = (
        run_query(
            "select distinct cast("
            ~ column
            ~ " as string) as new_date from "
            ~ relation
            ~ " where batch_id > "
            ~ since
            ~ " and "
            ~ column
            ~ " is not null order by 1"
        )
        .columns[0]
        .values()
    ) -%}
    {%- if dates | length > most -%} {{ return("true") }} {%- endif -%}
    {%- if not dates -%} {{ return("false") }} {%- endif -%}
    {{ return(column ~ " in (date '" ~ dates | join("', date '") ~ "')") }}
{%- endmacro %}
