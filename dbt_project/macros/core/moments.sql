{#
    Moments of streams: minutes in which something stands far above the rest of its own session.

    A domain gives its minutes with a macro stream_minutes__<domain>(): select session_id, account_id, minute_at,
    minute_of_session (from the minute of the stream's start), viewer_count (NULL where nothing was sampled),
    interaction_count, clip_count, super_chat_count, error_count, batch_id of the samples, event_batch_id of what happened,
    loaded_at. Minutes in which nothing happened may be missing between a session's first and last.

    moment_measures()       the measures, in the order that settles ties
    last_domain_batches()   which streams the model holds as they are: the domains count batches of their own
    is_touched(last)        condition over a group of a stream's minutes: it does not
    delete_touched_moments()  pre_hook: moments of streams that are computed again, and of streams that are gone; a stream
                            whose minutes changed may have no moment left to replace the old ones
#}
{% macro moment_measures() -%}
    {{ return(["viewer_count", "super_chat_count", "clip_count", "interaction_count", "error_count"]) }}
{%- endmacro %}

{% macro last_domain_batches() -%}
    {%- set last = [] -%}
    {%- if execute and is_incremental() -%}
        {%- for row in run_query(
            "select domain, max(batch_id), max(event_batch_id) from " ~ this ~ " group by domain"
        ).rows -%}
            {%- do last.append(
                "when domain= '%s' and max(batch_id) <= %d and max(event_batch_id) <= %d then false"
                % (row[0], row[1], row[2])
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(last) }}
{%- endmacro %}

{% macro is_touched(last) -%} case {{ last | join(" ") }} when true then true end {%- endmacro %}

{% macro delete_touched_moments() -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
            (domain, session_id) not in (
                select domain, session_id
                from {{ ref("int_core__stream_minutes_unioned") }}
                group by domain, session_id
                having not ({{ is_touched(last_domain_batches()) }})
            )
    {%- endif -%}
{%- endmacro %}
