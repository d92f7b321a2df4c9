-- Twitch channels of the sample database: counts with missing days, streams of an hour, and the sums of both.
insert into channels.dim_channels by name
  select (1001 + n)::varchar as account_id, name as display_name, n < 3 as is_current, getvariable('loaded') as loaded_at
  from (values (0, getvariable('markup')), (1, 'Bob'), (2, null), (3, 'Former')) as names(n, name);
insert into channels.fct_channel_snapshots_daily by name
  select *, follower_count is null as is_missing, follower_count // 50 as subscriber_count,
    follower_count - lag(follower_count ignore nulls) over (partition by account_id order by snapshot_date) as followers_gained,
    getvariable('loaded') as loaded_at
  from (
    select (1001 + n)::varchar as account_id, getvariable('last_day') - age::int as snapshot_date,
      case when hash(n, age) % 9 > 0 then 1000 * (n + 1) - 7 * age + (hash(n, age, 1) % 11)::bigint end as follower_count
    from range(3) as accounts(n), range(getvariable('days')) as ages(age)
  );
insert into channels.fct_stream_sessions by name
  select 'twitch-' || i as stream_id, stream_id as broadcast_id, (1001 + n)::varchar as account_id,
    getvariable('last_day') - age as stream_date, stream_date + to_hours(hour) as started_at,
    started_at + interval 1 hour as ended_at, started_at + interval 50 minute as last_seen_at, i = 0 as is_live,
    3600.0 as duration_seconds, 3000.0 as covered_seconds, 40.0 + i % 37 as average_viewers,
    average_viewers * 3000 / 3600 as hours_watched, 60 + i % 40 as peak_viewers, 5 as sample_count,
    (i % 5)::double as followers_gained, ['Chess', 'unknown', 'none', getvariable('markup')][1 + i % 4] as main_game_name,
    ['743', '999', 'none', '33'][1 + i % 4] as main_game_id, getvariable('loaded') as loaded_at
  from (
    select i, (hash(i, 71) % getvariable('days'))::int as age, (hash(i, 72) % 3)::int as n, 10 + (hash(i, 73) % 12)::int as hour
    from range(240) as streams(i)
  );
insert into channels.agg_channels_daily by name
  select account_id, activity_date, n.follower_count, n.followers_gained, n.subscriber_count, n.is_missing,
    coalesce(s.streams, 0) as stream_count, coalesce(s.streams, 0) as broadcast_count,
    coalesce(s.streams, 0)::double as hours_streamed, s.covered_seconds, s.hours_watched, s.peak_viewers,
    s.hours_watched * 3600 / s.covered_seconds as average_viewers,
    case when n.follower_count is not null then hash(account_id, activity_date) % 500 end as video_views_gained,
    getvariable('loaded') as loaded_at
  from (select * rename (snapshot_date as activity_date) from channels.fct_channel_snapshots_daily) as n
  left join (
    select account_id, stream_date as activity_date, count(*) as streams, sum(covered_seconds) as covered_seconds,
      sum(hours_watched) as hours_watched, max(peak_viewers) as peak_viewers
    from channels.fct_stream_sessions group by all
  ) as s using (account_id, activity_date);
insert into channels.agg_channels_hourly by name
  select account_id, started_at as hour_at, stream_date, hour(started_at) as hour_of_day,
    count(*) as stream_count, sum(duration_seconds) as streamed_seconds, sum(covered_seconds) as covered_seconds,
    sum(hours_watched) as hours_watched, getvariable('loaded') as loaded_at
  from channels.fct_stream_sessions group by all;
insert into channels.agg_channel_games_daily by name
  select account_id, main_game_id as game_id, main_game_name as game_name, stream_date, count(*) as stream_count,
    count(*)::double as hours_streamed, sum(covered_seconds) as covered_seconds, sum(hours_watched) as hours_watched,
    sum(followers_gained) as followers_gained, getvariable('loaded') as loaded_at
  from channels.fct_stream_sessions group by all;
insert into channels.agg_stream_frequency by name
  select n.account_id, 'week' as timeframe, date_trunc('week', n.snapshot_date)::date as period_date,
    count(*) as asked_day_count, sum(coalesce(d.stream_count, 0)) as stream_count,
    sum(coalesce(d.broadcast_count, 0)) as broadcast_count, sum(coalesce(d.hours_streamed, 0)) as hours_streamed,
    count(*) filter (where d.stream_count > 0) as stream_day_count, getvariable('loaded') as loaded_at
  from channels.fct_channel_snapshots_daily as n
  join channels.agg_channels_daily as d on d.account_id = n.account_id and d.activity_date = n.snapshot_date
  group by all;
insert into channels.agg_videos by name
  select 'video-' || i as video_id, (1001 + i % 3)::varchar as account_id,
    coalesce(getvariable('hostile')[1 + i], 'Video ' || i) as title, ['archive', 'highlight', 'upload'][1 + i % 3] as type,
    getvariable('last_day') - i::int + interval 20 hour as created_at, 5000 - 20 * i as view_count,
    case when i < 18 then 900 - 50 * (i // 2) end as views_gained_7d, 2000 - 50 * i as views_gained_30d,
    getvariable('loaded') as loaded_at
  from range(25) as videos(i);
