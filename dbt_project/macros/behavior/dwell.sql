{#
    Dwell is kept by visitor: the person, or the client's session where nobody is named.

    visitor_of(alias)          VARCHAR expression over fct_events
    changed_visitors(since)    subquery of one column, visitor_key: those with new events
    delete_changed_visitors()  pre_hook of fct_dwell
#}
{% macro visitor_of(alias) -%}
    coalesce({{ alias }}.user_id, concat('session ', {{ alias }}.session_id))
{%- endmacro %}

{% macro changed_visitors(since) -%}
    (
        select distinct {{ visitor_of("n") }} as visitor_key
        from {{ ref("fct_events") }} as n
        where n.batch_id > {{ since }} and n.session_key is not null
    )
{%- endmacro %}

{% macro delete_changed_visitors() -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
            definition_key <> '{{ dwell_key() }}'
            or visitor_key
            in (select visitor_key from {{ changed_visitors(last_batch_id(ref("stg_social__events"))) }} as v)
    {%- endif -%}
{%- endmacro %}

{# Hash of what dwell depends on besides the events. #}
{% macro dwell_key() -%}
    {{
        return(
            behavior_key(
                [
                    behavior_setting("heartbeat_event").event,
                    behavior_setting("heartbeat_seconds"),
                    behavior_setting("minimum_visit_seconds"),
                ]
            )
        )
    }}
{%- endmacro %}

{# last_batch_id for fct_dwell, 0 also where the settings of dwell changed. #}
{% macro last_dwell_batch_id(staged) -%}
    {%- if execute and is_incremental() and _scalar(
        "select count(*) from (select 1 from "
        ~ this
        ~ " where definition_key <> '"
        ~ dwell_key()
        ~ "' limit 1) as t"
    ) -%}
        {{ return("0") }}
    {%- endif -%}
    {{ return(last_batch_id(staged)) }}
{%- endmacro %}
