-- Clips of the sample database: fetched on three nights each, shared in Discord, with the aggregates that pages read.
insert into clips.dim_clips by name
  select 'clip-' || i as clip_id, 'account-' || i % 3 as account_id, ['Ada', getvariable('markup'), 'Bob'][1 + i % 3] as account_name,
    case when i % 11 > 0 then 'maker-' || (hash(i, 72) % 30)::int end as creator_id,
    case when i % 11 > 0 then coalesce(h.id, 'Maker ' || (hash(i, 72) % 30)::int) else 'unknown' end as creator_name,
    case when i % 13 = 0 then 'unknown' else 'game-' || i % 7 end as game_id,
    case when i % 13 = 0 or i % 7 = 6 then 'unknown' else 'Game ' || i % 7 end as game_name,
    coalesce(h.id, 'Clip ' || i) as title,
    case i % 9 when 0 then 'javascript:alert(5)' else 'https://clips.twitch.tv/clip-' || i end as url,
    case when i % 17 > 0 then 20 + (hash(i, 73) % 4000)::int end as view_count,
    getvariable('last_day') - (hash(i, 71) % least(60, getvariable('days')))::int as clip_date,
    clip_date + to_hours((hash(i, 74) % 24)::int) as clip_created_at, clip_created_at + interval 3 day as last_seen_at,
    i % 19 = 0 as is_deleted, i % 3 as discord_shares, i % 3 * (i % 5) as discord_reactions, getvariable('loaded') as loaded_at
  from range(400) as rows(i) left join hostile as h on h.place = i;
insert into clips.dim_creators by name
  select *, row_number() over (partition by account_id, creator_id order by last_seen_at desc, creator_name) = 1 as is_current
  from (
    select account_id, creator_id, creator_name, max(last_seen_at) as last_seen_at, max(loaded_at) as loaded_at
    from clips.dim_clips where creator_id is not null group by all
  );
-- The first night counts half of the views, the second the rest, the third tells no number.
insert into clips.fct_clip_snapshots by name
  select clip_id, account_id, clip_date + night::int as snapshot_date, snapshot_date + interval 2 hour as snapshot_at,
    case night when 1 then view_count // 2 when 2 then view_count end as view_count,
    case night when 1 then view_count // 2 when 2 then view_count - view_count // 2 end as views_gained,
    false as is_gone, getvariable('loaded') as loaded_at
  from clips.dim_clips, range(1, 4) as nights(night) where clip_date + night::int <= getvariable('last_day') + 1;
insert into clips.fct_discord_shares by name
  select clip_id || '-' || n as message_id, clip_id, account_id, clip_created_at as shared_at, clip_date as share_date,
    false as is_deleted, getvariable('loaded') as loaded_at
  from clips.dim_clips, range(2) as numbers(n) where n < discord_shares;
insert into clips.fct_discord_reactions by name
  select s.account_id, s.message_id, '🔥' as emoji_key, c.discord_reactions // c.discord_shares as reaction_count, true as is_current,
    s.share_date, getvariable('loaded') as loaded_at
  from clips.fct_discord_shares as s join clips.dim_clips as c using (clip_id);
insert into clips.agg_engagement_timeline by name
  with happened as (
    select account_id, clip_date as date, 1 as clips, null as views, 0 as fetched, 0 as shares, 0 as reactions from clips.dim_clips
    union all select account_id, snapshot_date, 0, views_gained, 1, 0, 0 from clips.fct_clip_snapshots
    union all select s.account_id, s.share_date, 0, null, 0, 1, r.reaction_count
      from clips.fct_discord_shares as s join clips.fct_discord_reactions as r using (message_id)
  )
  select account_id, 'day' as period_type, date as period_date, sum(clips) as clip_count, sum(views) as views_gained,
    sum(fetched) as snapshot_count, sum(shares) as discord_shares, sum(reactions) as discord_reactions,
    getvariable('loaded') as loaded_at
  from happened group by all;
insert into clips.agg_viral_clips by name
  select clip_id, account_id, title, url, creator_name, game_name, clip_created_at, clip_date, view_count, discord_shares,
    discord_reactions, is_deleted, view_count // 3 as views_at_24h,
    case when i % 2 = 0 then 0.95 + i / 1000 end as percentile_at_24h_ratio, i % 2 = 0 as is_viral, view_count >= 3000 as has_min_views,
    getvariable('loaded') as loaded_at
  from (select *, row_number() over (order by view_count desc, clip_id) as i from clips.dim_clips where view_count >= 3000) as most;
insert into clips.agg_peak_times by name
  select a.account_id, weekday as iso_weekday, hour as hour_of_day, count(c.clip_id) as clip_count, 10 as hour_count,
    count(c.clip_id) / 10 as clips_per_hour, getvariable('loaded') as loaded_at
  from (select distinct account_id from clips.dim_clips) as a
  cross join range(1, 8) as weekdays(weekday) cross join range(24) as hours(hour)
  left join clips.dim_clips as c
    on c.account_id = a.account_id and isodow(c.clip_created_at) = weekday and hour(c.clip_created_at) = hour
  group by all;
insert into clips.agg_view_curve by name
  select account_id, age as age_hours, 40 + account as clip_count, 3.0 * age as mean_views, 20 + account as full_age_clip_count,
    20 * age + account as full_age_clip_views, 20 * 168 + account as full_age_views,
    case when age <= 168 then (20 * age + account) / (20 * 168 + account) end as share_of_full_age_ratio,
    getvariable('loaded') as loaded_at
  from (select distinct account_id, right(account_id, 1)::int as account from clips.dim_clips),
    (select unnest([1, 24, 168, 336]) as age);
insert into clips.agg_schedule_to_clip_lag by name
  select account_id, 30 * n as lag_bucket_minutes, 9 - n as clip_count, 12 - n as broadcast_count, (9 - n) / (12 - n) as clips_per_broadcast,
    getvariable('loaded') as loaded_at
  from (select distinct account_id from clips.dim_clips), range(6) as buckets(n);
insert into clips.agg_reaction_sentiment by name
  select account_id, 'game' as entity_type, game_id as entity_id, sum(discord_reactions) as reaction_count,
    sum(discord_reactions) // 2 as scored_count, case when sum(discord_reactions) >= 10 then 0.1 * right(account_id, 1)::int end as sentiment,
    getvariable('loaded') as loaded_at
  from clips.dim_clips where discord_reactions > 0 group by account_id, game_id;
insert into clips.dim_games by name
  select distinct account_id, game_id, game_name, true as is_current, getvariable('loaded') as loaded_at from clips.dim_clips;
