{{ config(materialized="view") }}

{#- The one place where behaviour's events come from: macros/behavior/events.sql. -#}
{% for domain in behavior_domains() %}
    {{ behavior_event_rows(domain) }} {{ "union all" if not loop.last }}
{% endfor %}
