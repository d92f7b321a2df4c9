select
    loaded_at,
    source,
    load_id,
    files_read,
    rows_read,
    rows_loaded,
    rows_duplicate,
    rows_rejected,
    rows_blank,
    is_conserved
from ops.fct_loads
order by loaded_at desc, source, load_id
limit 25
