select retention_name, interval, criterion, period, cohort_count, people_count, returned_count, retention_ratio
from behavior.agg_retention_periods
where breakdown_value = '(all)'
order by retention_name, period
