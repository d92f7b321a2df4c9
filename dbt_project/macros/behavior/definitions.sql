{#
    Definitions of vars.behavior, checked and completed. docs/behavior.md explains each field.

    behavior_definitions(list)   the definitions of funnels, retentions, lifecycle or stickiness
    behavior_setting(name)       a single setting of the block, for example minimum_people

    Each definition has `name` and `key`, a hash of all that it says: rows of a changed definition are computed anew.
#}
{% macro behavior_block() -%}
    {%- set block = behavior_given(var("behavior", none), {}) -%}
    {{
        return(
            behavior_known(
                "the block",
                block,
                ["funnels", "retentions", "lifecycle", "stickiness", "revenue", "dwell", "minimum_people"],
            )
        )
    }}
{%- endmacro %}

{% macro behavior_definitions(list) -%}
    {%- set given = behavior_given(behavior_block().get(list), []) -%}
    {%- if given is string or given is mapping or given is not iterable -%}
        {{ behavior_error("the block", list, "is not a list of definitions") }}
    {%- endif -%}
    {%- set found = {} -%}
    {%- for one in given -%}
        {%- set place = list ~ " definition " ~ loop.index -%}
        {%- if one is not mapping -%}
            {{ behavior_error(place, "definition", "is not a mapping of fields") }}
        {%- endif -%}
        {%- set name = behavior_name(place, one.get("name")) -%}
        {%- if name in found -%}
            {{ behavior_error(list ~ " '" ~ name ~ "'", "name", "is used twice") }}
        {%- endif -%}
        {%- set definition = context["_checked_" ~ list](list ~ " '" ~ name ~ "'", one) -%}
        {%- do definition.update(
            {
                "name": name,
                "key": behavior_key(one),
            }
        ) -%}
        {%- do found.update({name: definition}) -%}
    {%- endfor -%}
    {{ return(found.values() | list) }}
{%- endmacro %}

{#
    Twelve letters that change with a definition, with what all of them rest on, and with behavior_version(). Short,
    because each row holds them.
#}
{% macro behavior_key(definition) -%}
    {%- set all = [reporting_timezone(), behavior_block().get("revenue"), definition, behavior_version()] -%}
    {{ return(local_md5(tojson(all, sort_keys=true))[:12]) }}
{%- endmacro %}

{# Part of every definition's key. To be raised when the meaning of definitions changes, so that all are computed anew. #}
{% macro behavior_version() -%} {{ return(4) }} {%- endmacro %}

{% macro behavior_setting(name) -%}
    {%- set block = behavior_block() -%}
    {%- if name == "minimum_people" -%}
        {{ return(behavior_whole("the block", name, block.get(name), 1, 1000000, 5)) }}
    {%- elif name == "revenue" -%}
        {%- set given = behavior_given(block.get(name), {"event": "social.purchase"}) -%}
        {{ return(behavior_event("revenue", given)) }}
    {%- endif -%}
    {%- set dwell = behavior_known(
        "dwell",
        behavior_given(block.get("dwell"), {}),
        ["heartbeat_event", "heartbeat_seconds", "minimum_visit_seconds"],
    ) -%}
    {%- if name == "heartbeat_event" -%}
        {%- set event = behavior_event(
            "dwell: " ~ name, {"event": behavior_given(dwell.get(name), "social.heartbeat")}
        ) -%}
        {%- if event.domain != "social" -%}
            {{ behavior_error("dwell", name, "'" ~ event.event ~ "' is no event of the domain social") }}
        {%- endif -%}
        {{ return(event) }}
    {%- elif name == "heartbeat_seconds" -%}
        {{ return(behavior_whole("dwell", name, dwell.get(name), 1, 3600, 10)) }}
    {%- endif -%}
    {{ return(behavior_whole("dwell", name, dwell.get(name), 0, 3600, 5)) }}
{%- endmacro %}

{% macro _checked_breakdown(where, given) -%}
    {%- if given is none -%} {{ return(none) }} {%- endif -%}
    {%- set texts = [] -%}
    {%- for name, type in behavior_properties().items() if type == "text" -%}
        {%- do texts.append(name) -%}
    {%- endfor -%}
    {{ return(behavior_choice(where, "breakdown", given, texts, none)) }}
{%- endmacro %}

{% macro _checked_retentions(where, given) -%}
    {#- YAML reads `on` without quotes as true. -#}
    {%- set criterion = "on" if given.get("criterion") is true else given.get("criterion") -%}
    {%- do behavior_known(
        where,
        given,
        [
            "name",
            "cohort_event",
            "cohort_mode",
            "return_event",
            "interval",
            "periods",
            "criterion",
            "clock",
            "breakdown",
        ],
    ) -%}
    {%- for field in ("cohort_event", "return_event") if given.get(field) is none -%}
        {{ behavior_error(where, field, "is missing") }}
    {%- endfor -%}
    {{
        return(
            {
                "cohort_event": behavior_event(where ~ ": cohort_event", given.get("cohort_event")),
                "cohort_mode": behavior_choice(
                    where,
                    "cohort_mode",
                    given.get("cohort_mode"),
                    ["first_ever", "recurring", "first_matching"],
                    "first_ever",
                ),
                "return_event": behavior_event(where ~ ": return_event", given.get("return_event")),
                "interval": behavior_choice(
                    where, "interval", given.get("interval"), ["day", "week", "month"], none
                ),
                "periods": behavior_whole(where, "periods", given.get("periods"), 1, 60, none),
                "criterion": behavior_choice(where, "criterion", criterion, ["on", "on_or_after"], "on"),
                "clock": behavior_choice(
                    where, "clock", given.get("clock"), ["calendar", "rolling_24h"], "calendar"
                ),
                "breakdown": _checked_breakdown(where, given.get("breakdown")),
            }
        )
    }}
{%- endmacro %}

{% macro _checked_lifecycle(where, given) -%}
    {%- do behavior_known(where, given, ["name", "event", "filter", "interval"]) -%}
    {{
        return(
            {
                "event": _checked_activity(where, given),
                "interval": behavior_choice(
                    where, "interval", given.get("interval"), ["day", "week", "month"], none
                ),
            }
        )
    }}
{%- endmacro %}

{% macro _checked_stickiness(where, given) -%}
    {%- do behavior_known(where, given, ["name", "event", "filter", "interval", "period"]) -%}
    {%- set lengths = ["day", "week", "month", "quarter", "year"] -%}
    {%- set interval = behavior_choice(where, "interval", given.get("interval"), lengths[:3], "day") -%}
    {%- set longer = lengths[lengths.index(interval) + 1 :] -%}
    {{
        return(
            {
                "event": _checked_activity(where, given),
                "interval": interval,
                "period": behavior_choice(where, "period", given.get("period"), longer, none),
            }
        )
    }}
{%- endmacro %}

{# Activity is one kind of event, or all events of a domain: `event: social.*`. #}
{% macro _checked_activity(where, given) -%}
    {%- set event = given.get("event") -%}
    {%- set domains = behavior_domains() -%}
    {%- if event is string and event.endswith(".*") -%}
        {%- set domain = behavior_choice(where, "event", event[:-2], domains, none) -%}
        {%- set tests = ["domain= " ~ text_literal(domain)] -%}
        {%- for item in listed_filter(where, given) -%}
            {%- do tests.append(filter_condition(where, item)) -%}
        {%- endfor -%}
        {{ return({"event": event, "domain": domain, "condition": "(" ~ tests | join(" and ") ~ ")"}) }}
    {%- endif -%}
    {{ return(behavior_event(where, {"event": event, "filter": given.get("filter")})) }}
{%- endmacro %}
