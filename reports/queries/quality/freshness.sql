select
    source,
    max(loaded_at) as loaded_at,
    max(loaded_at) filter (where rows_loaded > 0) as rows_loaded_at,
    count(*) as load_count,
    coalesce(sum(rows_loaded), 0) as rows_loaded
from ops.fct_loads
group by source
order by source
