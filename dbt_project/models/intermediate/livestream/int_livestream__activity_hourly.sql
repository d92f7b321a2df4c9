{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events')) }}",
            "{{ delete_changed_sessions() }}",
        ],
    )
}}

{%- set sessions = ref("int_livestream__sessions_resolved") %}
{%- set since = last_batch_id(ref("stg_livestream__events")) %}
{%- set measures = activity_measure_types() %}

with
    sessions as (select * from {{ sessions }} where batch_id > {{ since }}),
    -- Open time by hours; what lies more than 31 days after the start stays with its last hour.
    hours as (
        select
            session_id,
            started_at,
            closes_at,
            {{
                explode_series(
                    reporting_hour_at("started_at"),
                    "least(closes_at, " ~ add_seconds("started_at", 31 * 86400) ~ ")",
                    hour_part_seconds() ~ " seconds",
                )
            }} as hour_at
        from sessions
    ),
    ordered_hours as (
        select *, lead(hour_at) over (partition by session_id order by hour_at) as next_hour_at from hours
    ),
    parts as (
        select
            session_id,
            started_at as happened_at,
            cast(null as string) as user_id,
            {{
                activity_part(
                    {
                        "session_count": "1",
                        "interaction_count": "case when interaction_count = 0 then coalesce(told_interaction_count, 0) else 0 end",
                        "error_count": "case when error_count = 0 then coalesce(told_error_count, 0) else 0 end",
                        "reconnect_count": "case when reconnect_count = 0 then coalesce(told_reconnect_count, 0) else 0 end",
                    }
                )
            }}
        from sessions
        union all
        select
            session_id,
            hour_at as happened_at,
            cast(null as string) as user_id,
            {{
                activity_part(
                    {
                        "open_seconds": seconds_between(
                            "greatest(hour_at, started_at)",
                            "greatest(coalesce(next_hour_at, closes_at), started_at)",
                        )
                    }
                )
            }}
        from ordered_hours
        union all
        select
            session_id,
            minute_at as happened_at,
            cast(null as string) as user_id,
            {{
                activity_part(
                    {
                        "viewer_sample_count": "viewer_sample_count",
                        "viewer_sum": "viewer_sum",
                        "covered_seconds": "covered_seconds",
                        "viewer_seconds": "viewer_seconds",
                        "error_count": "error_count",
                        "reconnect_count": "reconnect_count",
                        "viewer_peak": "viewer_peak",
                    }
                )
            }}
        from {{ ref("agg_session_minutes") }}
        where session_id in (select s.session_id from sessions as s)
        union all
        select
            session_id, interacted_at as happened_at, user_id, {{ activity_part({"interaction_count": "1"}) }}
        from {{ ref("fct_interactions") }}
        where session_id in (select s.session_id from sessions as s)
    ),
    grouped as (
        select
            session_id,
            {{ reporting_hour_at("happened_at") }} as hour_at,
            {{ reporting_date("happened_at") }} as activity_date,
            user_id,
            {%- for name, type in measures.items() %}
                cast(sum({{ name }}) as {{ type }}) as {{ name }},
            {%- endfor %}
            max(viewer_peak) as viewer_peak
        from parts
        group by
            session_id, {{ reporting_hour_at("happened_at") }}, {{ reporting_date("happened_at") }}, user_id
    )

select
    g.session_id,
    s.account_id,
    s.character_id,
    g.hour_at,
    g.activity_date,
    g.user_id,
    {{ prefixed(measures | join(", "), "g") }},
    g.viewer_peak,
    {{ newest_batch_id(sessions) }} as batch_id,
    s.loaded_at
from grouped as g
inner join sessions as s on s.session_id = g.session_id
