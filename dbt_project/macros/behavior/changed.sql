{#
    Only people with new events are computed again. int_behavior__people gives each person the number of the batch in
    which they last changed; a model takes up all people of a newer batch than its own and replaces all their rows.

    last_social_batch_id(staged)       for int_behavior__people: the social batch that it has taken in, 0 for anew
    behavior_events(definition)        relation with the columns of int_behavior__events, for a model with rows by
                                       person: the events of the people that it has to compute, which are all in a
                                       first build, a full refresh, and for a definition that it holds no row of
    new_people_batch(people)           BIGINT literal for int_behavior__changed_events: the newest batch of people, 0
                                       where it holds more than half of them
    delete_changed_people(list)        for its pre_hook: deletes the rows of those people, and all rows of definitions
                                       that changed or are gone; `list` is a list of definitions, or revenue
    observed_until()                   scalar subquery: arrival of the newest event; what ended before it has ended
#}
{% macro last_social_batch_id(staged) -%}
    {%- if not (execute and is_incremental()) -%} {{ return("0") }} {%- endif -%}
    {%- set last = _scalar("select coalesce(max(social_batch_id), 0) from " ~ this) | int -%}
    {{ return("0" if _is_displaced(staged, last) else last | string) }}
{%- endmacro %}

{% macro behavior_events(definition=none) -%}
    {{- remember_rebuild() -}}
    {%- set events = ref("int_behavior__events") -%}
    {%- if execute and not is_incremental() -%} {{ return(events) }} {%- endif -%}
    {%- set people = ref("int_behavior__people") -%}
    {%- set changed_events = ref("int_behavior__changed_events") -%}
    {%- if not execute -%} {{ return(events) }} {%- endif -%}
    {%- if definition is not none and not _scalar(
        "select count(*) from (select 1 from "
        ~ this
        ~ " where definition_key = '"
        ~ definition.key
        ~ "' limit 1) as t"
    ) -%}
        {{ return(events) }}
    {%- endif -%}
    {#- A model that missed a batch, or a batch of nearly everyone, looks at the history itself. -#}
    {%- set since = last_batch_id() | int -%}
    {%- set newest = _scalar("select coalesce(max(batch_id), 0) from " ~ people) | int -%}
    {%- set held = _scalar("select coalesce(max(people_batch_id), 0) from " ~ changed_events) | int -%}
    {%- if held == newest and since == newest - 1 -%} {{ return(changed_events) }} {%- endif -%}
    {{
        return(
            "(select e.* from "
            ~ events
            ~ " as e inner join (select person_id from "
            ~ people
            ~ " where batch_id > "
            ~ since
            ~ ") as c on c.person_id = e.person_id)"
        )
    }}
{%- endmacro %}

{% macro new_people_batch(people) -%}
    {%- if not execute or load_relation(people) is none -%} {{ return("0") }} {%- endif -%}
    {%- set found = run_query(
        "select coalesce(max(batch_id), 0), count(*) from "
        ~ people
        ~ " where batch_id = (select max(batch_id) from "
        ~ people
        ~ ")"
    ).rows[0] -%}
    {%- set total = _scalar("select count(*) from " ~ people) -%}
    {{ return(found[0] | int | string if 2 * found[1] <= total else "0") }}
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
