{#
    Dwell is kept by visitor: the person, or the client's session where nobody is named.

    visitor_of(alias)          VARCHAR expression over fct_events
    changed_visitors(since)    subquery of one column, visitor_key: those with new events
    delete_changed_visitors()  pre_hook of fct_dwell
    touched_content(since)     subquery of content_type, content_id, dwell_date: those of visits that may have changed, as
                               they were and as they are. All events of a session that changed are of a new batch, and a
                               visit's date is that of one of its events.
    delete_touched_content()   pre_hook of agg_dwell_content
    dwell_cell(timeframe, period)      the columns that identify a row of agg_dwell_content
    dwell_key(), dwell_content_key()   hash of what the models depend on besides the events
    last_dwell_batch_id(staged, key)   last_batch_id, 0 also where rows of the model have another definition_key
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

{% macro touched_content(since) -%}
    (
        select distinct n.content_type, n.content_id, n.event_date as dwell_date
        from {{ ref("fct_events") }} as n
        where
            n.batch_id > {{ since }}
            and n.session_key is not null
            and n.content_type is not null
            and n.content_id is not null
    )
{%- endmacro %}

{% macro delete_touched_content() -%}
    {%- if execute and is_incremental() -%}
        {%- set touched = touched_content(last_batch_id(ref("stg_social__events"))) -%}
        delete from {{ this }}
        where
            definition_key <> '{{ dwell_content_key() }}'
            {%- for timeframe in journey_timeframes() %}
                or (
                    timeframe = '{{ timeframe }}'
                    and ({{ dwell_cell(timeframe, "period_date") }}) in (
                        select {{ dwell_cell(timeframe, timeframe_start("dwell_date", timeframe)) }}
                        from {{ touched }} as t
                    )
                )
            {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{% macro dwell_cell(timeframe, period) -%}
    content_type, content_id {%- if timeframe != "all_time" %}, {{ period }} {%- endif %}
{%- endmacro %}

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

{% macro dwell_content_key() -%}
    {{ return(behavior_key([dwell_key(), behavior_setting("minimum_people")])) }}
{%- endmacro %}

{% macro last_dwell_batch_id(staged, key) -%}
    {%- if execute and is_incremental() and _scalar(
        "select count(*) from (select 1 from "
        ~ this
        ~ " where definition_key <> '"
        ~ key
        ~ "' limit 1) as t"
    ) -%}
        {{ return("0") }}
    {%- endif -%}
    {{ return(last_batch_id(staged)) }}
{%- endmacro %}
