{#-
    Windows that end at the newest data against the windows of the same length before them; of the calendar the newest
    period that is over against the one before.
-#}
{%- set measures = {
    "clip_count": ("clip", "count(case when e.kind = 'clip' then 1 end)"),
    "creator_count": ("clip", "count(distinct e.creator_id)"),
    "views_gained": ("views", "sum(e.views_gained)"),
    "discord_shares": ("share", "count(case when e.kind = 'share' then 1 end)"),
    "discord_reactions": ("share", "sum(e.reaction_count)"),
} %}

with
    as_of as (select * from {{ ref("int_clips__as_of") }} where as_of_at is not null),
    {% for period_type in calendar_periods() %}
        {#- as_of lies in a period that is not over: the one before it is the newest that is. -#}
        {%- set running = period_start(period_type, "as_of_date") %}
        {{ period_type }}_dates as (
            select
                as_of_at,
                {{ running }} as ended_on,
                cast({{ running }} - interval '1 {{ period_type }}' as date) as started_on,
                cast({{ running }} - interval '2 {{ period_type }}' as date) as previous_started_on
            from as_of
        ),
    {% endfor %}
    windows as (
        {% for period_type in calendar_periods() %}
            select
                '{{ period_type }}' as period_type,
                {{ reporting_midnight_at("previous_started_on") }} as previous_started_at,
                {{ reporting_midnight_at("started_on") }} as period_started_at,
                {{ reporting_midnight_at("ended_on") }} as period_ended_at
            from {{ period_type }}_dates
            union all
        {% endfor %}
        {% for period_type, hours in rolling_periods().items() %}
            -- a rolling window is open at its start and closed at its end; one microsecond moves it to the
            -- calendar's
            -- half-open form
            select
                '{{ period_type }}' as period_type,
                {{ add_seconds("as_of_at", -7200 * hours) }}
                + interval '1 microsecond' as previous_started_at,
                {{ add_seconds("as_of_at", -3600 * hours) }} + interval '1 microsecond' as period_started_at,
                as_of_at + interval '1 microsecond' as period_ended_at
            from as_of {{ "union all" if not loop.last }}
        {% endfor %}
    ),
    events as (
        select
            'clip' as kind,
            account_id,
            clip_created_at as happened_at,
            creator_id,
            null as views_gained,
            null as reaction_count,
            batch_id,
            loaded_at
        from {{ ref("dim_clips") }}
        union all
        select 'views', account_id, snapshot_at, null, views_gained, null, batch_id, loaded_at
        from {{ ref("fct_clip_snapshots") }}
        where views_gained is not null
        union all
        select 'share', account_id, shared_at, null, null, reaction_count, batch_id, loaded_at
        from {{ ref("int_clips__share_reactions") }}
    ),
    accounts as (
        select
            account_id,
            {% for kind in ["clip", "views", "share"] %}
                min(case when kind = '{{ kind }}' then happened_at end) as first_{{ kind }}_at,
            {% endfor %}
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from events
        group by account_id
    ),
    summed as (
        select
            e.account_id,
            w.period_type,
            e.happened_at >= w.period_started_at as is_current,
            {% for name, (kind, sql) in measures.items() %}
                {{ sql }} as {{ name }}{{ "," if not loop.last }}
            {% endfor %}
        from events as e
        inner join
            windows as w on e.happened_at >= w.previous_started_at and e.happened_at < w.period_ended_at
        group by e.account_id, w.period_type, e.happened_at >= w.period_started_at
    ),
    compared as (
        {% for name, (kind, sql) in measures.items() %}
            select
                a.account_id,
                w.period_type,
                '{{ name }}' as metric,
                w.period_started_at,
                w.period_ended_at,
                w.previous_started_at,
                -- a period before what it counts was first known of is unknown, and not 0
                case
                    when coalesce(a.first_{{ kind }}_at < w.period_ended_at, true)
                    then cast(coalesce(c.{{ name }}, 0) as bigint)
                end as value,
                -- what was first known of within the period before, or later, cannot be compared with it
                case
                    when a.first_{{ kind }}_at < w.previous_started_at
                    then cast(coalesce(p.{{ name }}, 0) as bigint)
                end as previous_value,
                a.batch_id,
                a.loaded_at
            from accounts as a
            cross join windows as w
            left join
                summed as c on c.account_id = a.account_id and c.period_type = w.period_type and c.is_current
            left join
                summed as p
                on p.account_id = a.account_id
                and p.period_type = w.period_type
                and not p.is_current
                {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    account_id,
    period_type,
    metric,
    period_started_at,
    period_ended_at,
    previous_started_at,
    value,
    previous_value,
    value - previous_value as difference,
    {{ ratio("value - previous_value", "previous_value") }} as change_ratio,
    batch_id,
    loaded_at
from compared
