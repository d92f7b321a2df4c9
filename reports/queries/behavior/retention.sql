-- The last 12 cohorts of each retention, without those of a day that is not over. Their events need be of no funnel and no
-- lifecycle, of which the page's period is.
select
    retention_name,
    interval,
    criterion,
    cohort_date,
    period,
    cohort_size,
    returned_count,
    retention_ratio,
    is_mature,
    is_withheld
from behavior.agg_retention
where breakdown_value = '(all)' and (cohort_date < $today or cohort_date <= $through_date)
qualify dense_rank() over (partition by retention_name order by cohort_date desc) <= 12
order by retention_name, cohort_date, period
