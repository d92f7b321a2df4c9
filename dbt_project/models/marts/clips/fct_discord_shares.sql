-- A link to a clip of a channel that is not collected belongs to no account and waits until it is.
select
    s.message_id,
    s.clip_id,
    c.account_id,
    s.channel_id,
    s.guild_id,
    s.author_hash,
    s.is_bot,
    coalesce(s.author_twitch_id = c.creator_id, false) as is_by_clip_creator,
    s.url,
    s.shared_at,
    {{ reporting_date("s.shared_at") }} as share_date,
    s.first_seen_at,
    s.is_deleted,
    greatest(s.batch_id, c.batch_id) as batch_id,
    greatest(s.loaded_at, c.loaded_at) as loaded_at
from {{ ref("int_clips__links") }} as s
inner join {{ ref("int_clips__clips_latest") }} as c on c.clip_id = s.clip_id
