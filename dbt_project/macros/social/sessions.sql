{#
    Sessions of the social domain.

    Chain: all events of one client session id of one user, or a run of one user's session-less events without a gap
    above session_inactivity_seconds. Piece: what is left of a chain after cutting it at session_cut_seconds. Nearly
    every chain is one piece.

    session_measures()          aggregates over the events of one chain or piece; `place` numbers them in their order:
                                the least of structs or text takes memory by session that the engine neither counts
                                nor spills
    session_columns()           the names of those aggregates
    in_session(event, session)  join condition: the event is one of the session, on a day (column `day`) that it spans
    delete_vanished_sessions()  post_hook of fct_sessions: removes the rows it marked with event_count 0
#}
{% macro session_measures() -%}
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    min_by(event_id, place) as first_event_id,
    min_by(platform, place) filter (where platform is not null) as platform,
    count(*) as event_count,
    count(*) filter (where event_type = 'view') as view_count,
    count(*) filter (where event_type = 'engagement') as engagement_count,
    count(*) filter (where event_type = 'purchase') as purchase_count,
    count(*) filter (where event_type = 'stream') as stream_count,
    max(batch_id) as event_batch_id,
    max(loaded_at) as loaded_at
{%- endmacro %}

{% macro session_columns() -%}
    started_at,
    ended_at,
    first_event_id,
    platform,
    event_count,
    view_count,
    engagement_count,
    purchase_count,
    stream_count,
    event_batch_id,
    loaded_at
{%- endmacro %}

{% macro in_session(event, session) -%}
    {{ event }}.user_id is not distinct from {{ session }}.user_id
    and {{ event }}.session_id is not distinct from {{ session }}.session_id
    and cast({{ event }}.occurred_at as date) = {{ session }}.day
    and {{ event }}.occurred_at between {{ session }}.started_at and {{ session }}.ended_at
{%- endmacro %}

{% macro delete_vanished_sessions() -%}
    {%- if is_incremental() -%} delete from {{ this }} where event_count = 0 {%- endif -%}
{%- endmacro %}

{#
    BIGINT literal: the newest staging batch whose events all have their session. That is the newest batch, unless
    someone ran a model alone between staging and sessions: then the facts wait for the sessions.
#}
{% macro modelled_batch_id(staged, sessions) -%}
    {%- if not execute or load_relation(staged) is none -%} {{ return("cast(1 as bigint)") }} {%- endif -%}
    {%- set modelled = _scalar("select coalesce(max(batch_id), 0) from " ~ sessions) | int -%}
    {%- set waiting = (
        _scalar(
            "select count(*) from "
            ~ staged
            ~ " where batch_id > "
            ~ modelled
            ~ " and (user_id is not null or session_id is not null)"
        )
        | int
    ) -%}
    {%- set batch_id = modelled if waiting > 0 else _scalar("select max(batch_id) from " ~ staged) -%}
    {{ return("cast(" ~ (batch_id or 0) ~ " as bigint)") }}
{%- endmacro %}
