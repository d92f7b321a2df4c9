-- Clips of the 30 days by game, all accounts together; ties share a rank.
with
    totals as (
        select
            game_id,
            max_by(game_name, (last_seen_at, clip_created_at, clip_id)) as game_name,
            count(*) as clip_count,
            count(view_count) as viewed_clip_count,
            sum(view_count) as total_views,
            sum(view_count) / nullif(count(view_count), 0) as avg_views,
            sum(discord_shares) as discord_shares,
            sum(discord_reactions) as discord_reactions,
            count(distinct creator_id) as unique_creators,
            max(loaded_at) as loaded_at
        from clips.dim_clips
        where clip_date between $month_from and $through_date
        group by game_id
    )
-- Games without a name are told apart by their ids.
select
    * replace (
        coalesce(nullif(game_name, 'unknown'), 'unknown (' || nullif(game_id, 'unknown') || ')', 'unknown') as game_name
    ),
    rank() over (order by clip_count desc) as place,
    count(*) over () as game_count
from totals
qualify place <= 15
order by place, total_views desc nulls last, game_id
limit 30
