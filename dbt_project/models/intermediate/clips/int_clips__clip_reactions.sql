-- Reactions as they stand now, by clip and emoji: a message's reactions are each of its clips' reactions.
with
    -- A custom emoji that was renamed carries its newest name, also where no message was read since.
    names as (
        select emoji_id, max_by(emoji_name, (named_at, emoji_name)) as emoji_name
        from {{ ref("int_clips__reactions") }}
        where emoji_id is not null and emoji_name is not null
        group by emoji_id
    )

select
    s.clip_id,
    r.emoji_key,
    max(r.emoji_id) as emoji_id,
    coalesce(max(n.emoji_name), max(r.emoji_name)) as emoji_name,
    -- as the platform writes it: the names of custom emoji are not unique
    case
        when max(r.emoji_id) is null
        then r.emoji_key
        else concat(coalesce(max(n.emoji_name), ''), ':', max(r.emoji_id))
    end as emoji_label,
    cast(sum(r.normal_count) as bigint) as normal_count,
    cast(sum(r.burst_count) as bigint) as burst_count,
    cast(sum(r.reaction_count) as bigint) as reaction_count,
    max(r.batch_id) as batch_id,
    max(r.loaded_at) as loaded_at
from {{ ref("fct_discord_shares") }} as s
inner join {{ ref("int_clips__reactions") }} as r on r.message_id = s.message_id and r.valid_to is null
left join names as n on n.emoji_id = r.emoji_id
where not s.is_deleted and r.reaction_count > 0
group by s.clip_id, r.emoji_key
