{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people('funnels') }}",
    )
}}

{%- set people = ref("int_behavior__people") %}

with
    attempts as (
        {%- for funnel in behavior_definitions("funnels") %}
            {{ funnel_attempts(funnel, behavior_events(funnel)) }}
            union all
        {%- endfor %}
        {{ no_funnel_attempts() }}
    )

select
    a.funnel_name,
    a.unit,
    a.unit_key,
    a.person_id,
    a.entry_date,
    a.breakdown_value,
    a.deepest_step,
    a.is_converted,
    {% for number in range(1, funnel_step_limit() + 1) -%} a.step_{{ number }}_at, {% endfor -%}
    a.counted_in,
    a.definition_key,
    {{ newest_batch_id(people) }} as batch_id,
    p.loaded_at
from attempts as a
inner join {{ people }} as p on p.person_id = a.person_id
