{#
    retention_people(retention, events)
        Select of one row per person and cohort of one definition: retention_name, person_id, cohort_date, entered_at,
        breakdown_value, returned_bits (bit j: returned in period j), definition_key. `events` as in funnel_attempts.
    period_of(retention, cohort_date, entered_at, date, at)
        BIGINT period of a moment after an entry, counted by the definition's clock.
    period_ends_at(retention, cohort_date, period)
        TIMESTAMP at which a period has ended for everyone of a cohort.

    Cohort: first_ever is the person's first event of that name in all history, and it must pass the filter; first_matching
    the first that passes it; recurring each interval with such an event, from its first on. The breakdown is the value
    of the event of entry. Return: at or after the entry; the event of entry itself may be one, in period 0.
    on_or_after: a person who returned in a period returned in all before it.
#}
{% macro retention_people(retention, events) -%}
    {%- set is_on = retention.criterion == "on" -%}
    with
        entries as ({{ _cohort_entries(retention, events) }}),
        returns as ({{ _returns(retention, events) }}),
        periods as (
            select
                e.person_id,
                e.cohort_date,
                {{ period_of(retention, "e.cohort_date", "e.entered_at", "r.last_date", "r.last_at") }}
                as period
            from entries as e
            inner join returns as r on r.person_id = e.person_id and r.last_at >= e.entered_at
        ),
        returned as (
            select
                person_id,
                cohort_date,
                {% if is_on %} bit_or({{ bit_of("period") }})
                {% else %} {{ bit_of("least(max(period), " ~ retention.periods ~ ") + 1") }} - 1
                {% endif %} as returned_bits
            from periods
            {% if is_on %} where period <= {{ retention.periods }} {% endif %}
            group by person_id, cohort_date
        )
    select
        '{{ retention.name }}' as retention_name,
        e.person_id,
        e.cohort_date,
        e.entered_at,
        e.breakdown_value,
        coalesce(r.returned_bits, 0) as returned_bits,
        '{{ retention.key }}' as definition_key
    from entries as e
    left join returned as r on r.person_id = e.person_id and r.cohort_date = e.cohort_date
{%- endmacro %}

{% macro _cohort_entries(retention, events) -%}
    {%- set cohort = retention.cohort_event -%}
    {%- set is_first_ever = retention.cohort_mode == "first_ever" -%}
    {%- set start = interval_start("e.event_date", retention.interval) -%}
    {#- Only first_ever looks at events that fail the filter: the first one decides. -#}
    {%- set is_open = is_first_ever and cohort.filter | length > 0 -%}
    {%- set entered_at = (
        "e.occurred_at"
        if not is_open
        else "case when " ~ cohort.condition ~ " then e.occurred_at end"
    ) -%}
    {%- set value = breakdown_of(retention) -%}
    select
        e.person_id,
        min(
            {{ start if not is_open else "case when " ~ cohort.condition ~ " then " ~ start ~ " end" }}
        ) as cohort_date,
        min({{ entered_at }}) as entered_at,
        {% if retention.breakdown -%}
            min_by({{ value }}, case when {{ cohort.condition }} then (e.occurred_at, {{ value }}) end)
        {%- else %} '(all)'
        {%- endif %} as breakdown_value
    from {{ events }} as e
    where {{ cohort.name_condition if is_first_ever else cohort.condition }}
    group by e.person_id {%- if retention.cohort_mode == "recurring" %}, {{ start }} {%- endif %}
    {% if is_open %} having min(e.occurred_at) = min({{ entered_at }}) {% endif %}
{%- endmacro %}

{# A person's return events: of an interval only the last can matter, of a rolling clock each, of on_or_after the last. #}
{% macro _returns(retention, events) -%}
    {%- set group = [] -%}
    {%- if retention.criterion == "on" -%}
        {%- do group.append(
            interval_start("e.event_date", retention.interval)
            if retention.clock == "calendar"
            else "e.occurred_at"
        ) -%}
    {%- endif -%}
    select e.person_id, max(e.occurred_at) as last_at, max(e.event_date) as last_date
    from {{ events }} as e
    where {{ retention.return_event.condition }}
    group by {{ (["e.person_id"] + group) | join(", ") }}
{%- endmacro %}

{% macro period_of(retention, cohort_date, entered_at, date, at) -%}
    {%- if retention.clock == "calendar" -%}
        {{
            return(
                interval_number(date, retention.interval)
                ~ " - "
                ~ interval_number(cohort_date, retention.interval)
            )
        }}
    {%- endif -%}
    {{
        return(
            "cast(floor(cast("
            ~ unix_micros(at)
            ~ " - "
            ~ unix_micros(entered_at)
            ~ " as double) / "
            ~ interval_micros(retention.interval)
            ~ ") as bigint)"
        )
    }}
{%- endmacro %}

{% macro period_ends_at(retention, cohort_date, period) -%}
    {%- if retention.clock == "calendar" -%}
        {{ return(reporting_midnight_at(shifted_date(cohort_date, retention.interval, period ~ " + 1"))) }}
    {%- endif -%}
    {{
        return(
            add_seconds(
                reporting_midnight_at(shifted_date(cohort_date, retention.interval, 1)),
                "(" ~ period ~ " + 1) * " ~ (interval_micros(retention.interval) // 1000000),
            )
        )
    }}
{%- endmacro %}
