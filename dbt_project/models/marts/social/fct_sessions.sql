{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="session_key",
        pre_hook="{{ clear_if_displaced(ref('stg_social__events')) }}",
        post_hook="{{ delete_vanished_sessions() }}",
    )
}}

{%- set staged = ref("stg_social__events") %}
{%- set since = last_batch_id(staged) %}
{%- set gap = var("session_inactivity_seconds") %}
{%- set cut_micros = var("session_cut_seconds") * 1000000 %}
{%- set columns = "event_id, user_id, session_id, occurred_at, event_type, platform, batch_id, loaded_at" %}
{%- set measures = session_measures() %}

{#- Written out where they are read: the engine would keep all rows of the history of a CTE that is read twice. -#}
{%- set client_events %}
    (
        select {{ columns }}
        from {{ staged }}
        where session_id is not null and batch_id > {{ since }}
        {% if is_incremental() %}
            union all
            select {{ columns }}
            from events_of_before
            where session_id is not null
        {% endif %}
    )
{%- endset %}
{%- set loose_events %}
    (
        select {{ columns }}
        from {{ staged }}
        where user_id is not null and session_id is null and batch_id > {{ since }}
        {% if is_incremental() %}
            union all
            select {{ columns }}
            from events_of_before
            where session_id is null
        {% endif %}
    )
{%- endset %}

{#- Joins with distinct keys, not EXISTS: with `is not distinct from` the engine would first collect every key of the
    history. -#}
with recursive
    {% if is_incremental() %}
        changed as (
            select user_id, session_id, occurred_at
            from {{ staged }}
            where batch_id > {{ since }} and (user_id is not null or session_id is not null)
        ),
        touched_clients as (select distinct user_id, session_id from changed where session_id is not null),
        -- New session-less events, drawn together so that a person with many of them meets each old session
        -- once.
        islands as (
            select user_id, min(occurred_at) as started_at, max(occurred_at) as ended_at
            from
                (
                    select
                        user_id,
                        occurred_at,
                        sum(is_start) over (
                            partition by user_id order by occurred_at, is_start desc rows unbounded preceding
                        ) as island
                    from
                        (
                            select
                                user_id,
                                occurred_at,
                                case
                                    when
                                        {{
                                            seconds_between(
                                                "lag(occurred_at) over (partition by user_id order by occurred_at)",
                                                "occurred_at",
                                            )
                                        }}
                                        <= {{ gap }}
                                    then 0
                                    else 1
                                end as is_start
                            from changed
                            where session_id is null
                        ) as marked
                ) as numbered
            group by user_id, island
        ),
        -- A chain that a new event touches is taken up whole, whichever of its pieces is near.
        touched_roots as (
            select distinct s.root_session_key
            from {{ this }} as s
            inner join
                islands as i
                on s.user_id = i.user_id
                and s.started_at <= {{ add_seconds("i.ended_at", gap) }}
                and s.ended_at >= {{ add_seconds("i.started_at", -gap) }}
            where not s.is_client_session
        ),
        touched_sessions as (
            select
                s.session_key,
                s.root_session_key,
                s.event_count,
                s.is_cut,
                s.user_id,
                s.session_id,
                s.started_at,
                s.ended_at,
                s.is_client_session
            from {{ this }} as s
            where s.root_session_key in (select r.root_session_key from touched_roots as r)
            union all
            select
                s.session_key,
                s.root_session_key,
                s.event_count,
                s.is_cut,
                s.user_id,
                s.session_id,
                s.started_at,
                s.ended_at,
                s.is_client_session
            from {{ this }} as s
            inner join
                touched_clients as c
                on c.session_id = s.session_id
                and c.user_id is not distinct from s.user_id
            where s.is_client_session
        ),
        touched_days as (
            select
                user_id,
                session_id,
                started_at,
                ended_at,
                {{ explode_dates("date_trunc('day', started_at)", "ended_at") }} as day
            from touched_sessions
        ),
        -- Pieces of a chain do not overlap, nor do session-less sessions of one person: an event meets one at
        -- most.
        events_of_before as (
            select {{ prefixed(columns, "e") }}
            from {{ staged }} as e
            inner join touched_days as d on {{ in_session("e", "d") }}
            where e.batch_id <= {{ since }}
        ),
    {% endif %}
    loose_starts as (
        select
            *,
            row_number() over (partition by user_id order by occurred_at, event_id) as place,
            case
                when
                    {{
                        seconds_between(
                            "lag(occurred_at) over (partition by user_id order by occurred_at, event_id)",
                            "occurred_at",
                        )
                    }} <= {{ gap }}
                then null
                else occurred_at
            end as chain_start
        from {{ loose_events }} as e
    ),
    loose_chained as (
        select
            {{ columns }},
            place,
            max(chain_start) over (
                partition by user_id order by occurred_at, event_id rows unbounded preceding
            ) as chain_started_at
        from loose_starts
    ),
    chains as (
        select user_id, session_id, {{ measures }}
        from
            (
                select
                    *,
                    row_number() over (
                        partition by user_id, session_id order by occurred_at, event_id
                    ) as place
                from {{ client_events }} as e
            ) as numbered
        group by user_id, session_id
        union all
        select user_id, cast(null as string) as session_id, {{ measures }}
        from loose_chained
        group by user_id, chain_started_at
    ),
    long_chains as (
        select user_id, session_id, first_event_id as root_event_id, started_at, ended_at
        from chains
        where {{ unix_micros("ended_at") }} - {{ unix_micros("started_at") }} > {{ cut_micros }}
    ),
    -- Chains of one person do not overlap: what lies within one belongs to it.
    long_events as (
        select {{ prefixed(columns, "e") }}, c.root_event_id
        from {{ client_events }} as e
        inner join
            long_chains as c on e.session_id = c.session_id and e.user_id is not distinct from c.user_id
        union all
        select {{ prefixed(columns, "e") }}, c.root_event_id
        from {{ loose_events }} as e
        inner join
            long_chains as c
            on e.user_id = c.user_id
            and c.session_id is null
            and e.occurred_at between c.started_at and c.ended_at
    ),
    -- For each instant of a long chain: the first instant more than the cut after it, where a next piece
    -- would start.
    next_starts as (
        select
            root_event_id,
            at_micros,
            min(at_micros) over (
                partition by root_event_id
                order by at_micros range between {{ cut_micros + 1 }} following and unbounded following
            ) as next_micros
        from
            (
                select distinct root_event_id, {{ unix_micros("occurred_at") }} as at_micros from long_events
            ) as instants
    ),
    piece_starts as (
        select root_event_id, {{ unix_micros("started_at") }} as at_micros
        from long_chains
        union all
        select n.root_event_id, n.next_micros as at_micros
        from piece_starts as p
        inner join next_starts as n on n.root_event_id = p.root_event_id and n.at_micros = p.at_micros
        where n.next_micros is not null
    ),
    pieced_events as (
        select
            e.*,
            row_number() over (partition by e.root_event_id order by e.occurred_at, e.event_id) as place,
            max(p.at_micros) over (
                partition by e.root_event_id
                order by {{ unix_micros("e.occurred_at") }}
                range unbounded preceding
            ) as piece_micros
        from long_events as e
        left join
            piece_starts as p
            on p.root_event_id = e.root_event_id
            and p.at_micros = {{ unix_micros("e.occurred_at") }}
    ),
    pieces as (
        select user_id, session_id, first_event_id as root_event_id, false as is_cut, {{ session_columns() }}
        from chains as c
        where {{ unix_micros("ended_at") }} - {{ unix_micros("started_at") }} <= {{ cut_micros }}
        union all
        select user_id, session_id, root_event_id, true as is_cut, {{ session_columns() }}
        from
            (
                select user_id, session_id, root_event_id, piece_micros, {{ measures }}
                from pieced_events
                group by user_id, session_id, root_event_id, piece_micros
            ) as cut_pieces
    ),
    sessions as (
        select
            *,
            {{ surrogate_key(["user_id", "first_event_id"]) }} as session_key,
            {{ surrogate_key(["user_id", "root_event_id"]) }} as root_session_key
        from pieces
    )

select
    session_key,
    session_id,
    user_id,
    {{ reporting_date("started_at") }} as session_date,
    started_at,
    ended_at,
    {{ seconds_between("started_at", "ended_at") }} as duration_seconds,
    event_count,
    view_count,
    engagement_count,
    purchase_count,
    stream_count,
    platform,
    session_id is not null as is_client_session,
    is_cut,
    first_event_id,
    root_session_key,
    {{ newest_batch_id(staged) }} as batch_id,
    loaded_at
from sessions as s
{% if is_incremental() %}
    -- A piece keeps its key and only ever gains events: the same count means the same events. Where one of
    -- them is in a new batch all the same, it was marked to be computed again (a backfill).
    where
        s.event_batch_id > {{ since }}
        or not exists (
            select 1
            from touched_sessions as t
            where
                t.session_key = s.session_key
                and t.event_count = s.event_count
                and t.is_cut = s.is_cut
                and t.root_session_key = s.root_session_key
        )
    union all
    -- Sessions that were joined to another or whose start moved: event_count 0 marks them for the post hook.
    select
        session_key,
        cast(null as string) as session_id,
        cast(null as string) as user_id,
        cast(started_at as date) as session_date,
        started_at,
        ended_at,
        0.0 as duration_seconds,
        0 as event_count,
        0 as view_count,
        0 as engagement_count,
        0 as purchase_count,
        0 as stream_count,
        cast(null as string) as platform,
        is_client_session,
        is_cut,
        session_key as first_event_id,
        root_session_key,
        0 as batch_id,
        started_at as loaded_at
    from touched_sessions as t
    where not exists (select 1 from sessions as s where s.session_key = t.session_key)
{% endif %}
