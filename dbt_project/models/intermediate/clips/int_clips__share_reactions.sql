{{ config(materialized="view") }}

-- Shares that stand, each with the reactions to its message.
select
    s.account_id,
    s.message_id,
    s.clip_id,
    s.shared_at,
    s.share_date,
    coalesce(r.reaction_count, 0) as reaction_count,
    greatest(s.batch_id, r.batch_id) as batch_id,
    greatest(s.loaded_at, r.loaded_at) as loaded_at
from {{ ref("fct_discord_shares") }} as s
left join
    (
        select
            message_id,
            cast(sum(reaction_count) as bigint) as reaction_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_clips__reactions") }}
        where valid_to is null
        group by message_id
    ) as r
    on r.message_id = s.message_id
where not s.is_deleted
