{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people() }}",
    )
}}

{%- set people = ref("int_behavior__people") %}
{%- set hours = range(24) | list %}

with
    events as (
        select
            domain,
            person_id,
            session_key,
            occurred_at,
            extract(hour from {{ reporting_time("occurred_at") }}) as hour_of_day
        from {{ behavior_events() }} as b
    ),
    -- Apart from the visits: two dozen counts for each of all sessions would not fit a small memory.
    hours as (
        select
            domain,
            person_id,
            {% for hour in hours -%}
                count(
                    case when hour_of_day = {{ hour }} then 1 end
                ) as hour_{{ hour }} {{- "," if not loop.last }}
            {% endfor %}
        from events
        group by domain, person_id
    ),
    visits as (
        -- NULL is a session of its own kind: events outside sessions have no duration
        select
            domain,
            person_id,
            session_key,
            count(*) as event_count,
            min(occurred_at) as first_at,
            max(occurred_at) as last_at
        from events
        group by domain, person_id, session_key
    ),
    totals as (
        select
            domain,
            person_id,
            min(first_at) as first_event_at,
            max(last_at) as last_event_at,
            cast(sum(event_count) as bigint) as event_count,
            count(session_key) as session_count,
            {%- set seconds = (
                "case when session_key is not null then "
                ~ seconds_between("first_at", "last_at")
                ~ " end"
            ) %}
            cast(
                sum(
                    case
                        when session_key is not null
                        then {{ unix_micros("last_at") }} - {{ unix_micros("first_at") }}
                    end
                ) as double
            )
            / nullif(count(session_key), 0)
            / 1000000 as mean_session_seconds,
            {{ quantile(seconds, 0.5, [0.5, 0.9]) }} as median_session_seconds,
            {{ quantile(seconds, 0.9, [0.5, 0.9]) }} as p90_session_seconds
        from visits
        group by domain, person_id
    ),
    busiest as (
        select
            t.*,
            {% for hour in hours -%} h.hour_{{ hour }}, {% endfor %}
            greatest({% for hour in hours %}h.hour_{{ hour }} {{ "," if not loop.last }} {% endfor %}) as most
        from totals as t
        inner join hours as h on h.domain = t.domain and h.person_id = t.person_id
    )

select
    b.domain,
    b.person_id,
    b.first_event_at,
    b.last_event_at,
    b.event_count,
    b.session_count,
    b.mean_session_seconds,
    b.median_session_seconds,
    b.p90_session_seconds,
    cast(
        case
            {%- for hour in hours %} when b.hour_{{ hour }} = b.most then {{ hour }} {%- endfor %}
        end as bigint
    ) as most_active_hour,
    {% for hour in hours -%} b.hour_{{ hour }} as hour_{{ "%02d" % hour }}_count, {% endfor -%}
    {{ newest_batch_id(people) }} as batch_id,
    p.loaded_at
from busiest as b
inner join {{ people }} as p on p.person_id = b.person_id
