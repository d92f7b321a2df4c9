{#
    Only people with new events are computed again. int_behavior__people gives each person the number of the batch in
    which they last changed; a model takes up all people of a newer batch than its own and replaces all their rows.

    last_social_batch_id(staged)       for int_behavior__people: the social batch that it has taken in, 0 for anew
    changed_people(definition)         relation of one column, person_id, for a model with rows by person, or none where
                                       all are to be computed: a first build, a full refresh, a definition that the
                                       model holds no row of
    delete_changed_people(list)        for its pre_hook: deletes the rows of those people, and all rows of definitions
                                       that changed or are gone; `list` is a list of definitions, or revenue
    observed_until()                   scalar subquery: arrival of the newest event; what ended before it has ended
#}
{% macro last_social_batch_id(staged) -%}
    {%- if not (execute and is_incremental()) -%} {{ return("0") }} {%- endif -%}
    {%- set last = _scalar("select coalesce(max(social_batch_id), 0) from " ~ this) | int -%}
    {{ return("0" if _is_displaced(staged, last) else last | string) }}
{%- endmacro %}

{% macro changed_people(definition=none) -%}
    {%- set people = ref("int_behavior__people") -%}
    {%- if not (execute and is_incremental()) -%} {{ return(none) }} {%- endif -%}
    {%- if definition is not none and not _scalar(
        "select count(*) from (select 1 from "
        ~ this
        ~ " where definition_key = '"
        ~ definition.key
        ~ "' limit 1) as t"
    ) -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return("(select person_id from " ~ people ~ " where batch_id > " ~ last_batch_id() ~ ")") }}
{%- endmacro %}

{% macro delete_changed_people(list=none) -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
            person_id in (
                select person_id
                from {{ ref("int_behavior__people") }}
                where batch_id > (select coalesce(max(batch_id), 0) from {{ this }})
            )
            {%- if list == "revenue" %} or definition_key <> '{{ behavior_key("revenue") }}'
            {%- elif list %}
                or definition_key not in (
                    'none'
                    {%- for definition in behavior_definitions(list) %}, '{{ definition.key }}'
                    {%- endfor %}
                )
            {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro observed_until() -%}
    (select max(loaded_at) from {{ ref("int_behavior__people") }} where has_events)
{%- endmacro %}
