{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people('retentions') }}",
    )
}}

{%- set people = ref("int_behavior__people") %}

with
    cohorts as (
        {%- for retention in behavior_definitions("retentions") %}
            select *
            from ({{ retention_people(retention, behavior_events(retention)) }}) as people_of_{{ loop.index }}
            union all
        {%- endfor %}
        select
            cast(null as string) as retention_name,
            cast(null as string) as person_id,
            cast(null as date) as cohort_date,
            cast(null as timestamp) as entered_at,
            cast(null as string) as breakdown_value,
            cast(null as bigint) as returned_bits,
            cast(null as string) as definition_key
        where false
    )

select c.*, {{ newest_batch_id(people) }} as batch_id, p.loaded_at
from cohorts as c
inner join {{ people }} as p on p.person_id = c.person_id
