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
    visits as (
        -- NULL is a session of its own kind: events outside sessions have no duration
        select
            e.domain,
            e.person_id,
            e.session_key,
            count(*) as event_count,
            min(e.occurred_at) as first_at,
            max(e.occurred_at) as last_at,
            {% for hour in hours -%}
                sum(
                    case when e.hour_of_day = {{ hour }} then 1 else 0 end
                ) as hour_{{ hour }} {{- "," if not loop.last }}
            {% endfor %}
        from
            (
                select
                    domain,
                    person_id,
                    session_key,
                    occurred_at,
                    extract(hour from {{ reporting_time("occurred_at") }}) as hour_of_day
                from {{ behavior_events() }} as b
            ) as e
        group by e.domain, e.person_id, e.session_key
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
            {{ quantile(seconds, 0.5) }} as median_session_seconds,
            {{ quantile(seconds, 0.9) }} as p90_session_seconds,
            {% for hour in hours -%}
                cast(sum(hour_{{ hour }}) as bigint) as hour_{{ hour }} {{- "," if not loop.last }}
            {% endfor %}
        from visits
        group by domain, person_id
    ),
    busiest as (
        select
            *,
            greatest({% for hour in hours %}hour_{{ hour }} {{ "," if not loop.last }} {% endfor %}) as most
        from totals
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
