-- One independent query for each figure in a tile, named by page and metric.
-- name: clips clips.clips_week
select count(*) from clips.dim_clips where clip_created_at::date between getvariable('week') and getvariable('day');
-- name: clips clips.views_week
select sum(views_gained) from clips.fct_clip_snapshots where snapshot_at::date between getvariable('week') and getvariable('day');
-- name: clips clips.creators_week
select count(distinct creator_id) from clips.dim_clips where clip_created_at::date between getvariable('week') and getvariable('day');
-- name: clips clips.games_week
select count(distinct game_id) from clips.dim_clips
where game_id <> 'unknown' and clip_created_at::date between getvariable('week') and getvariable('day');
-- name: clips clips.shares_week
select count(*) from clips.fct_discord_shares where shared_at::date between getvariable('week') and getvariable('day');
-- name: clips clips.reactions_week
select sum(reaction_count) from clips.fct_discord_reactions join clips.fct_discord_shares using (message_id)
where shared_at::date between getvariable('week') and getvariable('day');
