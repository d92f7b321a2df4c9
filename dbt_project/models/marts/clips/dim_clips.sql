{%- set ages = viral_ages_hours() %}

with
    shares as (
        select
            clip_id,
            count(*) as share_count,
            count(*) filter (where is_by_clip_creator) as creator_share_count,
            max(loaded_at) as loaded_at,
            max(batch_id) as batch_id
        from {{ ref("fct_discord_shares") }}
        where not is_deleted
        group by clip_id
    ),
    reactions as (
        select
            clip_id,
            cast(sum(reaction_count) as bigint) as reaction_count,
            cast(sum(burst_count) as bigint) as burst_count,
            {{ json_object_of("emoji_label", "reaction_count") }} as reaction_types,
            max(loaded_at) as loaded_at,
            max(batch_id) as batch_id
        from {{ ref("int_clips__clip_reactions") }}
        group by clip_id
    ),
    aged as (
        select
            clip_id,
            {% for hours in ages %}
                max(case when age_hours = {{ hours }} then view_count end) as views_at_{{ hours }}h
                {{ "," if not loop.last }}
            {% endfor %}
        from {{ ref("int_clips__views_at_ages") }}
        group by clip_id
    )

select
    c.clip_id,
    c.account_id,
    coalesce(c.broadcaster_name, 'unknown') as account_name,
    c.creator_id,
    coalesce(c.creator_name, 'unknown') as creator_name,
    'twitch' as creator_platform,
    coalesce(c.game_id, 'unknown') as game_id,
    coalesce(g.game_name, 'unknown') as game_name,
    c.title,
    c.url,
    c.language,
    c.video_id,
    c.vod_offset_seconds,
    c.duration_seconds,
    c.is_featured,
    c.view_count,
    c.view_count_at,
    {% for hours in ages %} a.views_at_{{ hours }}h, {% endfor %}
    coalesce(s.share_count, 0) as discord_shares,
    coalesce(s.creator_share_count, 0) as discord_shares_by_creator,
    coalesce(r.reaction_count, 0) as discord_reactions,
    coalesce(r.burst_count, 0) as discord_burst_reactions,
    coalesce(r.reaction_types, '{}') as discord_reaction_types,
    c.created_at as clip_created_at,
    {{ reporting_date("c.created_at") }} as clip_date,
    {{ reporting_hour_at("c.created_at") }} as clip_hour_at,
    c.first_seen_at,
    c.last_seen_at,
    c.last_updated_at,
    c.snapshot_count,
    c.is_deleted,
    greatest(c.batch_id, s.batch_id, r.batch_id) as batch_id,
    greatest(c.loaded_at, s.loaded_at, r.loaded_at, g.loaded_at) as loaded_at
from {{ ref("int_clips__clips_latest") }} as c
left join {{ ref("int_clips__game_names") }} as g on g.game_id = c.game_id and g.is_current
left join shares as s on s.clip_id = c.clip_id
left join reactions as r on r.clip_id = c.clip_id
left join aged as a on a.clip_id = c.clip_id
