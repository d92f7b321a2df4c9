-- A collection is written down when it begins and when it ends. One that died was closed by the next run,
-- which knows
-- no end; a state that says how it ended always stands above the one that says it began.
select
    c.source,
    c.collection_id,
    c.resource,
    c.account_id,
    c.status,
    c.started_at,
    c.ended_at,
    {{ seconds_between("c.started_at", "c.ended_at") }} as duration_seconds,
    c.request_count,
    c.retry_count,
    c.row_count,
    c.point_count,
    c.error,
    l.loaded_at
from {{ ref("stg_ops__collections") }} as c
inner join {{ ref("stg_ops__loads") }} as l on l.source = c.source and l.load_id = c.load_id
qualify
    row_number() over (
        partition by c.source, c.collection_id
        -- A state that was loaded twice is of its first arrival.
        order by
            c.status = 'running',
            c.recorded_at desc,
            c.ended_at desc,
            l.loaded_at,
            c.load_id,
            c.file_id,
            c.line_number
    )
    = 1
