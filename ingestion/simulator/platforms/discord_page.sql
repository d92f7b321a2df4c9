-- A page of a channel's messages as they stand at $now: older than the id $before, newest first.
with page as (
    select *
    from world.discord_messages
    where
        channel_id = $channel
        and message_id::bigint < $before
        and sent_at <= $now
        and (deleted_at is null or deleted_at > $now)
    order by message_id::bigint desc
    limit $limit
),
counts as (
    select message_id, emoji_id, emoji_name, is_animated, max_by(normal_count, "at") as normal, max_by(burst_count, "at") as burst
    from world.discord_reactions
    where message_id in (select message_id from page) and "at" <= $now
    group by all
),
reactions as (
    select
        message_id,
        to_json(
            list(
                {
                    'emoji': case
                        when is_animated
                        then json_object('id', emoji_id, 'name', emoji_name, 'animated', true)
                        else json_object('id', emoji_id, 'name', emoji_name)
                    end,
                    'count': normal + burst,
                    'count_details': {'burst': burst, 'normal': normal},
                    'burst_colors': [],
                    'me_burst': false,
                    'me': false
                }
                order by emoji_name, emoji_id
            )
        )::varchar as given
    from counts
    where normal + burst > 0
    group by message_id
)
select
    p.message_id,
    p.author_id,
    m.username,
    m.is_bot,
    p.sent_at,
    case when p.edited_at <= $now then p.edited_at end,
    case when p.manner = 6 and p.edited_at <= $now then 'never mind' else p.content end,
    -- A bot's message has its link in an embed only.
    case when p.manner = 4 then 'https://clips.twitch.tv/' || p.clip_id end,
    r.given
from page as p
join world.discord_members as m using (author_id)
left join reactions as r using (message_id)
order by p.message_id::bigint desc
