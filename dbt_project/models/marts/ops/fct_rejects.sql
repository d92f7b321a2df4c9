with
    replays as (
        select
            p.source,
            p.reject_id,
            count(*) as replay_count,
            max(p.replayed_at) as last_replayed_at,
            max(case when p.outcome = 'loaded' then 1 else 0 end) = 1 as is_loaded
        from {{ ref("stg_ops__reject_replays") }} as p
        inner join {{ ref("stg_ops__loads") }} as l on l.source = p.source and l.load_id = p.load_id
        group by p.source, p.reject_id
    ),
    -- A resumed load may write a reject twice; it is one reject.
    rejects as (
        select
            r.*,
            l.loaded_at,
            row_number() over (
                partition by r.source, r.reject_id order by l.loaded_at, r.load_id
            ) as arrival_number
        from {{ ref("stg_ops__rejects") }} as r
        inner join {{ ref("stg_ops__loads") }} as l on l.source = r.source and l.load_id = r.load_id
    ),
    files as (
        select f.*, l.loaded_at as arrived_at
        from {{ ref("stg_ops__files") }} as f
        inner join {{ ref("stg_ops__loads") }} as l on l.source = f.source and l.load_id = f.load_id
    ),
    -- A line that was finished, or a file that was mended, is read by itself.
    read_later as (
        select distinct r.source, r.reject_id
        from rejects as r
        inner join files as f on f.source = r.source and f.file_id = r.file_id and f.load_id = r.load_id
        inner join
            files as n
            on n.source = f.source
            and n.resource = f.resource
            and n.root = f.root
            and n.file = f.file
            and n.arrived_at > f.arrived_at
            and n.status = 'loaded'
        where
            f.status in ('damaged', 'failed')
            or (r.reason_code = 'incomplete_line' and n.file_id = r.file_id and n.end_line >= r.line_number)
    )

select
    r.reject_id,
    r.source,
    r.resource,
    r.file,
    r.line_number,
    r.reason_code,
    r.reason_text,
    r.raw_text,
    r.rejected_at,
    not coalesce(p.is_loaded, false) and n.reject_id is null as is_open,
    coalesce(p.replay_count, 0) as replay_count,
    p.last_replayed_at,
    r.load_id,
    r.loaded_at
from rejects as r
left join replays as p on p.source = r.source and p.reject_id = r.reject_id
left join read_later as n on n.source = r.source and n.reject_id = r.reject_id
where r.arrival_number = 1
