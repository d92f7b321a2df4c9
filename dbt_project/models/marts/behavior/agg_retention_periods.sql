{#- From all cohorts, also those that are too small to be shown alone. -#}
{%- set minimum = behavior_setting("minimum_people") %}

with
    means as (
        select
            retention_name,
            interval,
            criterion,
            breakdown_value,
            period,
            count(*) as cohort_count,
            cast(sum(cohort_size) as bigint) as people_count,
            cast(sum(returned_count) as bigint) as returned_count,
            max(loaded_at) as loaded_at
        from {{ ref("int_behavior__retention_cells") }}
        where is_mature
        group by retention_name, interval, criterion, breakdown_value, period
    )

select
    retention_name,
    interval,
    criterion,
    breakdown_value,
    period,
    cohort_count,
    people_count,
    case when people_count >= {{ minimum }} then returned_count end as returned_count,
    case
        when people_count >= {{ minimum }} then {{ ratio("returned_count", "people_count") }}
    end as retention_ratio,
    people_count < {{ minimum }} as is_withheld,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from means
