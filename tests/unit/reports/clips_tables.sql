-- One independent query for each table, named by page and table; `key` is the row's key on the page.
-- name: clips clips.daily
select day::date as key,
  (select count(*) from clips.dim_clips where clip_created_at::date = day) as clip_count,
  (select sum(views_gained) from clips.fct_clip_snapshots where snapshot_at::date = day) as views_gained,
  (select count(*) from clips.fct_discord_shares where shared_at::date = day) as discord_shares
from generate_series(getvariable('month'), getvariable('day'), interval 1 day) as days(day);
-- name: clips clips.views
select day::date as key,
  (select count(*) from clips.dim_clips where clip_created_at::date = day) as clip_count,
  (select sum(views_gained) from clips.fct_clip_snapshots where snapshot_at::date = day) as views_gained,
  (select count(*) from clips.fct_discord_shares where shared_at::date = day) as discord_shares
from generate_series(getvariable('month'), getvariable('day'), interval 1 day) as days(day);
-- name: clips clips.shares
select day::date as key,
  coalesce((
    select sum(reaction_count) from clips.fct_discord_reactions join clips.fct_discord_shares using (message_id)
    where shared_at::date = day
  ), 0) as discord_reactions
from generate_series(getvariable('month'), getvariable('day'), interval 1 day) as days(day);
-- name: clips clips.creators
with made as (
  select creator_id, count(*) as clip_count, sum(view_count) as total_views, avg(view_count) as avg_views,
    count(distinct game_id) filter (where game_id <> 'unknown') as unique_games
  from clips.dim_clips
  where creator_id is not null and clip_date between getvariable('month') and getvariable('day') group by creator_id
)
select c.creator_id as key, c.clip_count, c.total_views, c.avg_views, c.unique_games, 1 + count(more.creator_id) as place
from made as c left join made as more on more.clip_count > c.clip_count
group by all having count(more.creator_id) < 15;
-- name: clips clips.games
select game_id as key, count(*) as clip_count, count(view_count) as viewed_clip_count, count(distinct creator_id) as unique_creators,
  sum(discord_reactions) as discord_reactions, sum(discord_shares) as discord_shares, sum(view_count) as total_views,
  avg(view_count) as avg_views
from clips.dim_clips where clip_date between getvariable('month') and getvariable('day') group by game_id;
-- name: clips clips.viral
select clip_id as key, view_count, view_count // 3 as views_at_24h, discord_shares
from (
  select *, row_number() over (order by view_count desc, clip_id) % 2 = 0 as viral from clips.dim_clips where view_count >= 3000
) where not is_deleted order by viral desc, view_count desc, clip_id limit 20;
-- name: clips clips.rhythm
select isodow(clip_created_at) || '|' || hour(clip_created_at) as key, count(*) as clip_count, count(*) / 30 as clips_per_hour
from clips.dim_clips group by all;
-- name: clips clips.view_curve
select age as key, 123 as clip_count, case when age <= 168 then (60 * age + 3) / (60 * 168 + 3) end as share_of_full_age_ratio
from (select unnest([1, 24, 168, 336]) as age);
-- name: clips clips.lag
select 30 * n as key, 3 * (9 - n) as clip_count, (9 - n) / (12 - n) as clips_per_broadcast from range(6) as buckets(n);
-- name: clips clips.sentiment
select game_id as key, sum(n) as reaction_count, sum(n // 2) filter (where n >= 10) as scored_count,
  sum(n // 2 * right(account_id, 1)::int / 10) filter (where n >= 10) / sum(n // 2) filter (where n >= 10) as sentiment
from (
  select account_id, game_id, sum(discord_reactions) as n from clips.dim_clips where discord_reactions > 0 group by all
) group by game_id;
