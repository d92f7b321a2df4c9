{%- set minimum = behavior_setting("minimum_people") %}

select
    retention_name,
    interval,
    criterion,
    cohort_date,
    breakdown_value,
    period,
    cohort_size,
    case when is_mature and cohort_size >= {{ minimum }} then returned_count end as returned_count,
    case
        when is_mature and cohort_size >= {{ minimum }} then {{ ratio("returned_count", "cohort_size") }}
    end as retention_ratio,
    is_mature,
    cohort_size < {{ minimum }} as is_withheld,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from {{ ref("int_behavior__retention_cells") }}
