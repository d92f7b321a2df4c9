{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_people('retentions') }}",
    )
}}

{#- A person belongs to one cohort of a retention, unless its cohorts recur: those would count revenue again and again. -#}
{%- set people = ref("int_behavior__people") %}
{%- set entries = ref("int_behavior__retention_people") %}
{%- set revenue = behavior_setting("revenue") %}

with
    revenue as (
        {%- for retention in behavior_definitions("retentions") if retention.cohort_mode != "recurring" %}
            {%- set events = behavior_events(retention) %}
            select
                r.retention_name,
                r.person_id,
                r.cohort_date,
                {{ period_of(retention, "r.cohort_date", "r.entered_at", "e.event_date", "e.occurred_at") }}
                as period,
                e.currency,
                e.amount,
                r.definition_key
            from {{ entries }} as r
            inner join {{ events }} as e on e.person_id = r.person_id and e.occurred_at >= r.entered_at
            where r.definition_key = '{{ retention.key }}' and {{ revenue.condition }}
            union all
        {%- endfor %}
        select
            cast(null as string) as retention_name,
            cast(null as string) as person_id,
            cast(null as date) as cohort_date,
            cast(null as bigint) as period,
            cast(null as string) as currency,
            cast(null as decimal(38, 6)) as amount,
            cast(null as string) as definition_key
        where false
    ),
    totals as (
        select
            retention_name,
            person_id,
            cohort_date,
            period,
            coalesce(currency, 'XXX') as currency,
            count(*) as purchase_count,
            cast(sum(amount) as decimal(38, 6)) as revenue_amount,
            definition_key
        from revenue
        group by retention_name, person_id, cohort_date, period, coalesce(currency, 'XXX'), definition_key
    )

select t.*, {{ newest_batch_id(people) }} as batch_id, p.loaded_at
from totals as t
inner join {{ people }} as p on p.person_id = t.person_id
