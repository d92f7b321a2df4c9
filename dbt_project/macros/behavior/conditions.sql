{#
    Events in definitions: {event: social.view, filter: [{property: platform, operator: "=", value: ios}]}.

    behavior_event(where, given, more)   the event as {event, domain, kind, filter, condition}; `more` are further
                                         fields that the mapping may have
    are_disjoint(a, b)                   whether no event can be both: another name, or values of one property that
                                         exclude each other

    Operators: =, !=, in, not_in, >, >=, <, <=, is_set, is_not_set. An event without the property is unequal to every
    value, and neither above nor below one.
#}
{% macro behavior_event(where, given, more=[]) -%}
    {%- do behavior_known(where, given, ["event", "filter"] + more) -%}
    {%- set domains = behavior_domains() -%}
    {%- set event = given.get("event") -%}
    {%- if event is none -%}
        {{ behavior_error(where, "event", "is missing; write for example social.view") }}
    {%- endif -%}
    {%- set match = modules.re.match("^([a-z_]+)[.]([^\\x00]+)$", event | string) -%}
    {%- if not match or match.group(1) not in domains -%}
        {{
            behavior_error(
                where,
                "event",
                "'" ~ event ~ "' is not <domain>.<kind> with a domain of " ~ domains | join(", "),
            )
        }}
    {%- endif -%}
    {%- if match.group(2) == "*" -%}
        {{ behavior_error(where, "event", "'" ~ event ~ "': all events of a domain are not one event") }}
    {%- endif -%}
    {%- set filter = listed_filter(where, given) -%}
    {%- set tests = [
        "domain= " ~ text_literal(match.group(1)),
        "kind = " ~ text_literal(match.group(2)),
    ] -%}
    {%- for item in filter -%} {%- do tests.append(filter_condition(where, item)) -%} {%- endfor -%}
    {{
        return(
            {
                "event": event,
                "domain": match.group(1),
                "kind": match.group(2),
                "filter": filter,
                "name_condition": "(" ~ tests[:2] | join(" and ") ~ ")",
                "condition": "(" ~ tests | join(" and ") ~ ")",
            }
        )
    }}
{%- endmacro %}

{% macro listed_filter(where, given) -%}
    {%- set filter = behavior_given(given.get("filter"), []) -%}
    {%- if filter is string or filter is mapping or filter is not iterable -%}
        {{ behavior_error(where, "filter", "is not a list of {property, operator, value}") }}
    {%- endif -%}
    {{ return(filter) }}
{%- endmacro %}

{% macro filter_condition(where, item) -%}
    {%- do behavior_known(where ~ ": filter", item, ["property", "operator", "value"]) -%}
    {%- set properties = behavior_properties() -%}
    {%- set property = behavior_choice(
        where ~ ": filter", "property", item.get("property"), properties.keys() | list, none
    ) -%}
    {%- set operator = behavior_choice(
        where ~ ": filter",
        "operator",
        item.get("operator"),
        ["=", "!=", "in", "not_in", ">", ">=", "<", "<=", "is_set", "is_not_set"],
        "=",
    ) -%}
    {%- set value = item.get("value") -%}
    {%- if operator in ("is_set", "is_not_set") -%}
        {%- if value is not none -%}
            {{ behavior_error(where ~ ": filter", "value", "'" ~ operator ~ "' takes none") }}
        {%- endif -%}
        {{ return(property ~ (" is not null" if operator == "is_set" else " is null")) }}
    {%- endif -%}
    {%- set type = properties[property] -%}
    {%- if operator in ("in", "not_in") -%}
        {%- if value is string or value is mapping or value is not iterable or not value -%}
            {{ behavior_error(where ~ ": filter", "value", "'" ~ operator ~ "' needs a list of values") }}
        {%- endif -%}
        {%- set literals = [] -%}
        {%- for one in value -%}
            {%- do literals.append(value_literal(where, property, type, one)) -%}
        {%- endfor -%}
        {%- set list = property ~ " in (" ~ literals | join(", ") ~ ")" -%}
        {{ return(list if operator == "in" else "not coalesce(" ~ list ~ ", false)") }}
    {%- endif -%}
    {%- set literal = value_literal(where, property, type, value) -%}
    {%- if operator == "!=" -%}
        {{ return("not coalesce(" ~ property ~ " = " ~ literal ~ ", false)") }}
    {%- endif -%}
    {%- if operator != "=" and type == "text" -%}
        {{
            behavior_error(
                where ~ ": filter",
                "operator",
                "'" ~ operator ~ "' needs a number, " ~ property ~ " is text",
            )
        }}
    {%- endif -%}
    {{ return(property ~ " " ~ operator ~ " " ~ literal) }}
{%- endmacro %}

{% macro value_literal(where, property, type, value) -%}
    {%- if type == "number" -%}
        {%- if value is not number or value is boolean or value != value or value | abs > 1e15 -%}
            {{
                behavior_error(
                    where ~ ": filter", "value", "'" ~ value ~ "' is not a number, as " ~ property ~ " is"
                )
            }}
        {%- endif -%}
        {{ return(value | string) }}
    {%- endif -%}
    {%- if value is not string or "\x00" in value -%}
        {{
            behavior_error(
                where ~ ": filter", "value", "'" ~ value ~ "' is not text, as " ~ property ~ " is; quote it"
            )
        }}
    {%- endif -%}
    {{ return(text_literal(value)) }}
{%- endmacro %}

{% macro are_disjoint(a, b) -%}
    {%- if a.event != b.event -%} {{ return(true) }} {%- endif -%}
    {%- set found = namespace(disjoint=false) -%}
    {%- for one in a.filter -%}
        {%- for other in b.filter if other.property == one.property -%}
            {%- if _exclude_each_other(one, other) or _exclude_each_other(other, one) -%}
                {%- set found.disjoint = true -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found.disjoint) }}
{%- endmacro %}

{# Whether no value of the property passes both: one names values, or that there is one, which the other shuts out. #}
{% macro _exclude_each_other(one, other) -%}
    {%- set here = one.get("operator", "=") -%}
    {%- set there = other.get("operator", "=") -%}
    {%- if there == "is_not_set" -%} {{ return(here not in ("is_not_set", "!=", "not_in")) }} {%- endif -%}
    {%- if here not in ("=", "in") or there not in ("=", "in", "!=", "not_in") -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set these = [one.value] if here == "=" else one.value -%}
    {%- set those = [other.value] if there in ("=", "!=") else other.value -%}
    {%- if there in ("=", "in") -%} {{ return(not these | select("in", those) | list) }} {%- endif -%}
    {{ return(not these | reject("in", those) | list) }}
{%- endmacro %}
