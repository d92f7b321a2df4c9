{#
    Sessions of streaming characters. A model with rows by session computes again the sessions that changed:

    changed_sessions(since)      subquery of one column, session_id: sessions resolved again since a batch
    delete_changed_sessions()    pre_hook of such a model, which then appends: a session may have fewer rows than before
    delete_changed_minutes()     the same for agg_session_minutes: a payment on YouTube changes a session as well, and one
                                 that is found to belong to another session changes both
    of_session(column)           aggregate: what the session's earliest event says that names it
#}
{% macro changed_sessions(since) -%}
    (
        select r.session_id
        from {{ ref("int_livestream__sessions_resolved") }} as r
        where r.batch_id > {{ since }}
    )
{%- endmacro %}

{% macro delete_changed_sessions() -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where session_id in {{ changed_sessions(last_batch_id(ref("stg_livestream__events"))) }}
    {%- endif -%}
{%- endmacro %}

{% macro delete_changed_minutes() -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
            session_id
            in {{ changed_sessions(last_batch_id(ref("stg_livestream__events"), "event_batch_id")) }}
            or session_id in (
                select coalesce(p.session_id, m.session_id)
                from {{ ref("int_livestream__paid_minutes") }} as p
                full outer join
                    (select * from {{ this }} where super_chat_count > 0) as m
                    on m.session_id = p.session_id
                    and m.minute_at = p.minute_at
                where p.super_chat_count is distinct from m.super_chat_count
            )
    {%- endif -%}
{%- endmacro %}

{% macro of_session(column) -%} {{ first_by(column, ["occurred_at", "event_id"]) }} {%- endmacro %}
