-- One row a state of a message with a link to a clip, or the note that a message is gone. The client has left out the
-- text, and hashed the author; see `ingestion.discord.client`.
with parsed as (
    select file_id, file, line_number, line, coalesce(problem, json_object_problem(line)) as problem
    from lines
),
fields as (
    select
        *,
        json_transform(
            case when problem is null then line end,
            '{"collection_id":"JSON","account_id":"JSON","collected_at":"JSON","item":{"id":"JSON","channel_id":"JSON",'
            || '"guild_id":"JSON","author":{"id":"JSON","twitch_id":"JSON","bot":"JSON"},"timestamp":"JSON",'
            || '"edited_timestamp":"JSON","clip_links":"JSON","reactions":"JSON","is_gone":"JSON"}}'
        ) as j
    from parsed
),
items as (select *, j.item as i from fields),
reacted as (
    select
        *,
        coalesce(i.is_gone::varchar = 'true', false) as is_gone,
        parse_timestamp(json_extract_string(j.collected_at, '$')) as collected_at,
        parse_timestamp(json_extract_string(i.timestamp, '$')) as sent_at,
        parse_timestamp(json_extract_string(i.edited_timestamp, '$')) as edited_at,
        case
            when starts_with(i.reactions::varchar, '[')
            then
                from_json(
                    i.reactions,
                    '[{"emoji":{"id":"VARCHAR","name":"VARCHAR","animated":"BOOLEAN"},"count":"JSON",'
                    || '"count_details":{"burst":"JSON","normal":"JSON"}}]'
                )
        end as reactions,
        case
            when starts_with(i.clip_links::varchar, '[')
            then from_json(i.clip_links, '[{"clip_id":"VARCHAR","url":"VARCHAR"}]')
        end as clip_links
    from items
),
counted as (
    select
        *,
        list_transform(
            reactions,
            lambda r: {
                'emoji_id': r.emoji.id,
                'emoji_name': r.emoji.name,
                'is_animated': coalesce(r.emoji.animated, false),
                -- Answers of old versions give one count only.
                'normal_count': whole_count(coalesce(r.count_details.normal, r.count)),
                'burst_count': case
                    when r.count_details.normal is null and r.count_details.burst is null then 0
                    else whole_count(r.count_details.burst)
                end
            }
        ) as counted
    from reacted
),
judged as (
    select
        *,
        case
            when problem is not null then problem
            when absent(j.collection_id) or absent(j.collected_at) or absent(i.id) or absent(i.channel_id)
            then 'missing_field'
            when not is_gone and (absent(i.timestamp) or absent(i.clip_links)) then 'missing_field'
            when
                not_text(j.collection_id) or not_text(j.account_id) or not_text(i.guild_id) or not_text(i.author.id)
                or not_snowflake(i.id) or not_snowflake(i.channel_id) or not_array(i.clip_links) or not_array(i.reactions)
                or not coalesce(i.author.bot::varchar in ('true', 'false', 'null'), true)
            then 'wrong_type'
            when
                len(list_filter(counted, lambda r: r.normal_count is null or r.burst_count is null)) > 0
                or len(list_filter(counted, lambda r: r.emoji_id is null and r.emoji_name is null)) > 0
                or len(list_filter(clip_links, lambda l: l.clip_id is null)) > 0
            then 'wrong_type'
            when
                not coalesce(possible(collected_at), false)
                or not is_gone and not coalesce(possible(sent_at), false)
                or not absent(i.edited_timestamp) and not coalesce(possible(edited_at), false)
            then 'invalid_timestamp'
        end as reason_code
    from counted
)
select
    file_id,
    file,
    line_number,
    reason_code,
    case reason_code
        when 'missing_field' then 'collection_id, collected_at, id, channel_id, timestamp and clip_links are required'
        when 'wrong_type'
        then
            'ids must be strings (of a message and a channel: digits), clip_links and reactions lists, '
            || 'each reaction needs an emoji and whole counts'
        when 'invalid_timestamp' then timestamp_fault()
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    json_extract_string(j.collection_id, '$') as collection_id,
    json_extract_string(j.account_id, '$') as account_id,
    collected_at,
    json_extract_string(i.id, '$') as message_id,
    json_extract_string(i.channel_id, '$') as channel_id,
    json_extract_string(i.guild_id, '$') as guild_id,
    json_extract_string(i.author.id, '$') as author,
    json_extract_string(i.author.twitch_id, '$') as author_twitch_id,
    case when not is_gone then coalesce(i.author.bot::varchar = 'true', false) end as is_bot,
    sent_at,
    edited_at,
    case when not is_gone then to_json(clip_links)::varchar end as clip_links,
    -- In one order, so that equal states are equal texts.
    to_json(list_sort(counted))::varchar as reactions,
    is_gone
from judged
