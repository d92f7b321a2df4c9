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
    not coalesce(p.is_loaded, false) as is_open,
    coalesce(p.replay_count, 0) as replay_count,
    p.last_replayed_at,
    r.load_id,
    r.loaded_at
from rejects as r
left join replays as p on p.source = r.source and p.reject_id = r.reject_id
where r.arrival_number = 1
