-- Guards against a load whose lines do not add up: read = staged + repeated + rejected + blank, to the row.
select l.*
from {{ ref("fct_loads") }} as l
where
    l.source in ('livestream', 'fx')
    and (
        not l.is_conserved
        or l.rows_read <> l.rows_loaded + l.rows_duplicate + l.rows_rejected + l.rows_blank
        or l.rows_duplicate < 0
    )
