{# Definitions of funnels, checked and completed: see definitions.sql. #}
{% macro _checked_funnels(where, given) -%}
    {%- do behavior_known(
        where, given, ["name", "steps", "mode", "window", "exclusions", "breakdown", "unit"]
    ) -%}
    {%- set mode = behavior_choice(
        where, "mode", given.get("mode"), ["ordered", "strict", "unordered"], "ordered"
    ) -%}
    {%- set listed = given.get("steps") -%}
    {%- if listed is none or listed is string or listed is mapping or listed is not iterable -%}
        {{ behavior_error(where, "steps", "is not a list of events") }}
    {%- endif -%}
    {%- if listed | length < 2 or listed | length > funnel_step_limit() -%}
        {{
            behavior_error(
                where,
                "steps",
                "a funnel has 2 to " ~ funnel_step_limit() ~ " steps, not " ~ listed | length,
            )
        }}
    {%- endif -%}
    {%- set steps = [] -%}
    {%- set found = namespace(overlap=false, previous=none, last=none) -%}
    {%- for one in listed -%}
        {%- set place = where ~ ": step " ~ loop.index -%}
        {%- set step = behavior_event(place, one, ["optional"]) -%}
        {%- set optional = one.get("optional", false) -%}
        {%- if optional is not boolean -%}
            {{ behavior_error(place, "optional", "is neither true nor false") }}
        {%- endif -%}
        {%- if optional and mode != "ordered" -%}
            {{ behavior_error(place, "optional", "only steps of an ordered funnel may be optional") }}
        {%- endif -%}
        {%- if optional and loop.first -%}
            {{ behavior_error(place, "optional", "the first step starts the funnel") }}
        {%- endif -%}
        {%- for other in steps if not are_disjoint(step, other) -%}
            {%- set found.overlap = true -%}
            {%- if optional or other.optional -%}
                {{
                    behavior_error(
                        place,
                        "optional",
                        "an event may be both this step and step "
                        ~ other.number
                        ~ "; give both filters on one property that exclude each other",
                    )
                }}
            {%- endif -%}
        {%- endfor -%}
        {%- do step.update({"number": loop.index, "optional": optional, "previous": found.previous}) -%}
        {%- do steps.append(step) -%}
        {%- if not optional -%} {%- set found.previous = loop.index -%} {%- endif -%}
    {%- endfor -%}
    {%- if found.overlap -%}
        {%- for one in steps -%}
            {%- if steps | selectattr("event", "equalto", one.event) | list | length > 4 -%}
                {{ behavior_error(where, "steps", "at most 4 steps may share the event " ~ one.event) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set exclusions = _checked_exclusions(
        where, behavior_given(given.get("exclusions"), []), mode, steps, found.previous
    ) -%}
    {%- set unit = behavior_choice(where, "unit", given.get("unit"), ["user", "session"], "user") -%}
    {%- set domains = (steps + exclusions) | map(attribute="domain") | unique | sort | list -%}
    {%- if unit == "session" and domains | length > 1 -%}
        {{
            behavior_error(
                where, "unit", "a session has events of one domain, not of " ~ domains | join(" and ")
            )
        }}
    {%- endif -%}
    {{
        return(
            {
                "mode": mode,
                "steps": steps,
                "window_micros": behavior_micros(where, "window", given.get("window")),
                "exclusions": exclusions,
                "breakdown": _checked_breakdown(where, given.get("breakdown")),
                "unit": unit,
                "overlap": found.overlap,
                "last_required": found.previous,
                "domains": domains,
            }
        )
    }}
{%- endmacro %}

{% macro _checked_exclusions(where, given, mode, steps, last_required) -%}
    {%- if given is string or given is mapping or given is not iterable or given | length > 8 -%}
        {{ behavior_error(where, "exclusions", "is not a list of at most 8 events") }}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for one in given -%}
        {%- set place = where ~ ": exclusion " ~ loop.index -%}
        {%- set exclusion = behavior_event(place, one, ["from_step", "to_step"]) -%}
        {%- for step in steps if not are_disjoint(exclusion, step) -%}
            {{
                behavior_error(
                    place, "event", "an event may be both this exclusion and step " ~ step.number
                )
            }}
        {%- endfor -%}
        {%- for field in ["from_step", "to_step"] if mode == "unordered" and one.get(field) is not none -%}
            {{ behavior_error(place, field, "steps of an unordered funnel have no order") }}
        {%- endfor -%}
        {%- set from_step = behavior_whole(
            place, "from_step", one.get("from_step"), 1, steps | length - 1, 1
        ) -%}
        {%- set to_step = behavior_whole(
            place, "to_step", one.get("to_step"), from_step + 1, steps | length, last_required
        ) -%}
        {%- for field, number in (("from_step", from_step), ("to_step", to_step)) if steps[number - 1].optional -%}
            {{ behavior_error(place, field, "step " ~ number ~ " is optional") }}
        {%- endfor -%}
        {%- do exclusion.update({"number": loop.index, "from_step": from_step, "to_step": to_step}) -%}
        {%- do found.append(exclusion) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
