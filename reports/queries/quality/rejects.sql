select
    source,
    reason_code,
    count(*) as reject_count,
    count(*) filter (where is_open) as open_count,
    count(distinct file) as file_count,
    max(rejected_at) as last_rejected_at,
    arg_max(reason_text, (rejected_at, file, line_number)) as example_text,
    arg_max(file || ':' || line_number, (rejected_at, file, line_number)) as example_place
from ops.fct_rejects
group by all
order by open_count desc, reject_count desc, source, reason_code
