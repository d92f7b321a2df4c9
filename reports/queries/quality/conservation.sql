select
    source,
    count(*) as load_count,
    coalesce(sum(rows_read), 0) as rows_read,
    coalesce(sum(rows_loaded), 0) as rows_loaded,
    coalesce(sum(rows_duplicate), 0) as rows_duplicate,
    coalesce(sum(rows_rejected), 0) as rows_rejected,
    coalesce(sum(rows_blank), 0) as rows_blank,
    count(*) filter (where not is_conserved) as unbalanced_load_count
from ops.fct_loads
group by source
order by source
