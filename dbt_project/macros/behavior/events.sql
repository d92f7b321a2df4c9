{#
    Events of behaviour: the activities of all domains (core.fct_activity), with the properties that filters and
    breakdowns may name. A domain that knows more of its events than an activity says gives its own columns with a macro
    behavior_events__<domain>, which returns {from, where, columns: {name: expression}}; what it leaves out is NULL.

    behavior_domains()           names of the domains
    behavior_columns()           name -> SQL type of int_behavior__events
    behavior_properties()        name -> text or number: what filters and breakdowns may name
    behavior_event_rows(domain)  select of one domain's events; without a person an event counts for nobody
#}
{% macro behavior_domains() -%} {{ return(contributors("activity")) }} {%- endmacro %}

{% macro behavior_properties() -%}
    {{
        return(
            {
                "place": "text",
                "account_id": "text",
                "entity_type": "text",
                "entity_id": "text",
                "unit": "text",
                "currency": "text",
                "platform": "text",
                "schema_version": "text",
                "action": "text",
                "referrer": "text",
                "product_id": "text",
                "payment_method": "text",
                "conversion_path": "text",
                "amount": "number",
                "value": "number",
                "quantity": "number",
                "dwell_seconds": "number",
                "scroll_depth_ratio": "number",
            }
        )
    }}
{%- endmacro %}

{% macro behavior_columns() -%}
    {%- set columns = {
        "person_id": "string",
        "session_key": "string",
        "event_key": "string",
        "kind": "string",
        "occurred_at": "timestamp",
        "event_date": "date",
    } -%}
    {%- for name, type in behavior_properties().items() -%}
        {%- do columns.update({name: "string" if type == "text" else "double"}) -%}
    {%- endfor -%}
    {%- do columns.update({"amount": "decimal(38, 6)", "batch_id": "bigint", "loaded_at": "timestamp"}) -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro behavior_event_rows(domain) -%}
    {%- set own = context.get("behavior_events__" ~ domain) -%}
    {%- set source = own() if own else _activity_events(domain) -%}
    {%- set unknown = source.columns.keys() | reject("in", behavior_columns().keys()) | list -%}
    {%- if unknown -%}
        {{
            behavior_error(
                "events of " ~ domain, unknown | join(", "), "not a column of int_behavior__events"
            )
        }}
    {%- endif -%}
    select
        '{{ domain }}' as domain
        {%- for name, type in behavior_columns().items() %}
            , cast({{ source.columns.get(name, "null") }} as {{ type }}) as {{ name }}
        {%- endfor %}
    from {{ source["from"] }} as {{ domain }}_rows
    where {{ source["where"] }}
{%- endmacro %}

{% macro _activity_events(domain) -%}
    {#-
        An upper-case unit of three letters is a currency. A request and its message share key and instant: without the
        kind, their order would depend on how they arrived.
    -#}
    {%- set is_money = "length(unit) = 3 and unit = upper(unit)" -%}
    {{
        return(
            {
                "from": "(" ~ context["activity__" ~ domain](["batch_id", "loaded_at"]) ~ ")",
                "where": "person_id is not null and started_at is not null",
                "columns": {
                    "person_id": "person_id",
                    "session_key": "session_id",
                    "event_key": "activity_id || ' ' || kind",
                    "kind": "kind",
                    "occurred_at": "started_at",
                    "event_date": "activity_date",
                    "place": "place",
                    "account_id": "account_id",
                    "entity_id": "entity_id",
                    "unit": "unit",
                    "currency": "case when " ~ is_money ~ " then unit end",
                    "amount": "case when " ~ is_money ~ " then value end",
                    "value": "value",
                    "batch_id": "batch_id",
                    "loaded_at": "loaded_at",
                },
            }
        )
    }}
{%- endmacro %}

{% macro behavior_events__social() -%}
    {{
        return(
            {
                "from": ref("fct_events"),
                "where": "user_id is not null",
                "columns": {
                    "person_id": "user_id",
                    "session_key": "session_key",
                    "event_key": "event_id",
                    "kind": "event_type",
                    "occurred_at": "occurred_at",
                    "event_date": "event_date",
                    "place": "platform",
                    "entity_type": "coalesce(content_type, target_type)",
                    "entity_id": "coalesce(content_id, target_id, product_id, stream_id)",
                    "unit": "currency",
                    "currency": "currency",
                    "platform": "platform",
                    "schema_version": "schema_version",
                    "action": "action",
                    "referrer": "referrer",
                    "product_id": "product_id",
                    "payment_method": "payment_method",
                    "conversion_path": "conversion_path",
                    "amount": "amount",
                    "value": "amount",
                    "quantity": "quantity",
                    "dwell_seconds": "dwell_seconds",
                    "scroll_depth_ratio": "scroll_depth_ratio",
                    "batch_id": "batch_id",
                    "loaded_at": "loaded_at",
                },
            }
        )
    }}
{%- endmacro %}
