with
    files as (
        select
            source,
            load_id,
            count(*) as files_read,
            cast(sum(lines_read) as bigint) as rows_read,
            cast(sum(rows_loaded) as bigint) as rows_accepted,
            cast(sum(rows_rejected) as bigint) as rows_rejected,
            cast(sum(rows_blank) as bigint) as rows_blank
        from {{ ref("stg_ops__files") }}
        group by source, load_id
    ),
    counts as (
        select
            source,
            load_id,
            cast(sum(raw_row_count) as bigint) as raw_row_count,
            cast(sum(staged_row_count) as bigint) as staged_row_count
        from {{ ref("stg_ops__row_counts") }}
        group by source, load_id
    ),
    -- A replay reads kept lines and no file; the load that rejected them goes on counting them as rejected.
    replays as (
        select source, load_id, count(*) as rows_replayed
        from {{ ref("stg_ops__reject_replays") }}
        where outcome = 'loaded'
        group by source, load_id
    )

select
    l.load_id,
    l.source,
    coalesce(f.files_read, 0) as files_read,
    coalesce(f.rows_read, 0) + coalesce(p.rows_replayed, 0) as rows_read,
    coalesce(c.staged_row_count, 0) as rows_loaded,
    coalesce(f.rows_accepted, c.raw_row_count, 0) - coalesce(c.staged_row_count, 0) as rows_duplicate,
    coalesce(f.rows_rejected, 0) as rows_rejected,
    coalesce(f.rows_blank, 0) as rows_blank,
    -- More raw rows than accepted lines are the same lines written again by a load that was resumed: no loss.
    coalesce(f.rows_read, 0)
    = coalesce(f.rows_accepted, 0) + coalesce(f.rows_rejected, 0) + coalesce(f.rows_blank, 0)
    and coalesce(c.raw_row_count, 0)
    >= coalesce(f.rows_accepted, 0) + coalesce(p.rows_replayed, 0) as is_conserved,
    l.loaded_at
from {{ ref("stg_ops__loads") }} as l
left join files as f on f.source = l.source and f.load_id = l.load_id
left join counts as c on c.source = l.source and c.load_id = l.load_id
left join replays as p on p.source = l.source and p.load_id = l.load_id
