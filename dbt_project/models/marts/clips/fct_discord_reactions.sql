-- A message may share clips of several channels: each of them sees its reactions.
with
    messages as (
        select account_id, message_id, min(share_date) as share_date
        from {{ ref("fct_discord_shares") }}
        group by account_id, message_id
    )

select
    m.account_id,
    r.message_id,
    r.emoji_key,
    r.emoji_id,
    r.emoji_name,
    r.is_animated,
    r.valid_from,
    r.valid_to,
    r.valid_to is null as is_current,
    r.normal_count,
    r.burst_count,
    r.reaction_count,
    r.reactions_gained,
    m.share_date,
    r.batch_id,
    r.loaded_at
from {{ ref("int_clips__reactions") }} as r
inner join messages as m on m.message_id = r.message_id
