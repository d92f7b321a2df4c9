-- Clips of the 30 days by creator, all accounts together; ties share a rank.
with
    totals as (
        select
            creator_id,
            count(*) as clip_count,
            count(view_count) as viewed_clip_count,
            sum(view_count) as total_views,
            sum(view_count) / nullif(count(view_count), 0) as avg_views,
            sum(discord_shares) as discord_shares,
            sum(discord_reactions) as discord_reactions,
            count(distinct nullif(game_id, 'unknown')) as unique_games,
            max(loaded_at) as loaded_at
        from clips.dim_clips
        where clip_date between $month_from and $through_date and creator_id is not null
        group by creator_id
    ),
    -- The newest over all accounts, and any before none.
    names as (
        select
            creator_id,
            max_by(creator_name, (creator_name <> 'unknown', last_seen_at, creator_name)) as creator_name
        from clips.dim_creators
        where is_current
        group by creator_id
    )
select
    t.*,
    coalesce(n.creator_name, 'unknown') as creator_name,
    rank() over (order by clip_count desc) as place,
    count(*) over () as creator_count
from totals as t
left join names as n using (creator_id)
qualify place <= 15
order by place, total_views desc nulls last, creator_id
limit 30
