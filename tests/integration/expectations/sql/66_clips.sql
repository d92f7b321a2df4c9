-- The clip of 35_raw_twitch.sql that is there, fetched with each load, and the messages of 36_raw_discord.sql that share it.
create schema clips;

create table clips.fct_clip_snapshots as
select
    clip_id, account_id, collected_at as snapshot_at, collected_at::date as snapshot_date,
    epoch(collected_at - created_at)::double as age_seconds, view_count,
    view_count - lag(view_count) over (order by collected_at) as views_gained,
    case when lag(view_count) over (order by collected_at) is null then view_count end as baseline_views,
    was_looked_up, is_gone, collection_id, 1::bigint as batch_id, collected_at + interval 1 hour as loaded_at
from raw_twitch.clips where not is_gone;

create table clips.fct_discord_shares as
select
    message_id, 'Clip-1001' as clip_id, '1001' as account_id, channel_id, guild_id, author_hash, is_bot,
    false as is_by_clip_creator, 'https://clips.twitch.tv/Clip-1001' as url, sent_at as shared_at, sent_at::date as share_date,
    collected_at as first_seen_at, false as is_deleted, 1::bigint as batch_id, collected_at + interval 1 hour as loaded_at
from raw_discord.messages where not is_gone;

-- Each message had one reaction when it was read first.
create table clips.fct_discord_reactions as
select
    account_id, message_id, '🔥' as emoji_key, null::varchar as emoji_id, '🔥' as emoji_name, false as is_animated,
    first_seen_at + to_minutes(10 * state) as valid_from,
    case when state = 0 then first_seen_at + interval 10 minute end as valid_to, state = 1 as is_current,
    1::bigint + state as normal_count, state as burst_count, 1 + 2 * state as reaction_count, 1::bigint + state as reactions_gained,
    share_date, batch_id, loaded_at
from clips.fct_discord_shares, range(2) as s(state);

create table clips.dim_clips as
select
    clip_id, account_id, '7' as creator_id, 'fan' as creator_name, 'twitch' as creator_platform, '509658' as game_id,
    'Just Chatting' as game_name, 'Clip' as title, 'https://clips.twitch.tv/Clip' as url, max(view_count) as view_count,
    (select count(*) from clips.fct_discord_shares) as discord_shares,
    3 * (select count(*) from clips.fct_discord_shares) as discord_reactions,
    json_object('🔥', 3 * (select count(*) from clips.fct_discord_shares))::varchar as discord_reaction_types,
    timestamp '2026-01-01' as clip_created_at, date '2026-01-01' as clip_date, min(snapshot_at) as first_seen_at,
    max(snapshot_at) as last_updated_at, false as is_deleted, 1::bigint as batch_id, max(loaded_at) as loaded_at
from clips.fct_clip_snapshots group by all;

create table clips.dim_creators as
select account_id, creator_id, creator_name, first_seen_at, last_updated_at as last_seen_at, true as is_current,
    1::bigint as name_count, false as is_name_reused, batch_id, loaded_at
from clips.dim_clips;
-- A clip told another creator before.
insert into clips.dim_creators select * replace ('former' as creator_id) from clips.dim_creators limit 1;

create table clips.dim_games as
select account_id, game_id, game_name, first_seen_at, last_updated_at as last_seen_at, true as is_current,
    1::bigint as name_count, batch_id, loaded_at
from clips.dim_clips;

create temp table periods as
select
    account_id, period_type, timestamp '2026-01-01' as period_started_at, last_updated_at as period_ended_at,
    date '2026-01-01' as period_date, true as is_complete, creator_id, creator_name, game_id, game_name,
    1::bigint as clip_count, 1::bigint as viewed_clip_count, view_count as total_views, view_count::double as avg_view_count,
    discord_shares, discord_reactions, 1::bigint as unique_games, game_id as top_game_id, game_name as top_game_name,
    1::bigint as unique_creators, creator_id as top_creator_id, creator_name as top_creator_name, clip_id as top_clip_id,
    view_count as top_clip_views, 1::bigint as clip_rank, 1::bigint as view_rank, 1::bigint as creator_count,
    1::bigint as game_count, batch_id, loaded_at
from clips.dim_clips, (values ('all_time'), ('day'), ('week'), ('month')) as p(period_type);
create table clips.agg_creators_period as
select * exclude (game_id, game_name, unique_creators, top_creator_id, top_creator_name, game_count) from periods;
create table clips.agg_games_period as
select * exclude (creator_id, creator_name, unique_games, top_game_id, top_game_name, creator_count) from periods;

create table clips.agg_overview as
select
    account_id, 1::bigint as total_clips, view_count as total_views, 1::bigint as unique_creators, 1::bigint as unique_games,
    discord_shares, clip_date as first_clip_date, clip_date as last_clip_date, game_id as top_game_id,
    game_name as top_game_name, creator_id as top_creator_id, creator_name as top_creator_name,
    last_updated_at as as_of_at, batch_id, loaded_at
from clips.dim_clips;

create table clips.agg_viral_clips as
select
    clip_id, account_id, title, url, creator_name, game_name, clip_created_at, view_count, is_deleted, 200::bigint as views_at_24h,
    0.96::double as percentile_at_24h_ratio, 40::bigint as compared_at_24h, true as is_viral_at_24h, false as is_viral_at_72h,
    false as is_viral_at_168h, true as is_viral, false as has_min_views, 1::bigint as view_rank, batch_id, loaded_at
from clips.dim_clips;

create table clips.agg_engagement_timeline as
with days as (
    select account_id, clip_date as date, 1 as clips, 0 as snapshots, 0 as shares, 0 as reactions from clips.dim_clips
    union all select account_id, snapshot_date, 0, 1, 0, 0 from clips.fct_clip_snapshots
    union all select account_id, share_date, 0, 0, 1, 3 from clips.fct_discord_shares
)
select
    account_id, kind as period_type, case kind when 'day' then date else date_trunc(kind, date)::date end as period_date,
    sum(clips)::bigint as clip_count, sum(clips)::bigint as creator_count, null::bigint as views_gained,
    null::bigint as baseline_views, sum(snapshots)::bigint as snapshot_count, sum(shares)::bigint as discord_shares,
    sum(reactions)::bigint as discord_reactions, 1::bigint as batch_id, now()::timestamp as loaded_at
from days, (values ('day'), ('week'), ('month')) as p(kind) group by all;

create table clips.agg_peak_times as
select
    account_id, w as iso_weekday, h as hour_of_day, case when w = 4 and h = 0 then 1 else 0 end::bigint as clip_count,
    4::bigint as hour_count, case when w = 4 and h = 0 then 0.25 else 0 end::double as clips_per_hour,
    clip_date as first_clip_date, batch_id, loaded_at
from clips.dim_clips, range(1, 8) as d(w), range(24) as t(h);

create table clips.agg_view_curve as
select
    account_id, h::bigint as age_hours, 1::bigint as clip_count, 5.0::double as mean_views, 5.0::double as p50_views,
    5.0::double as p90_views, 1::bigint as full_age_clip_count, 5::bigint as full_age_clip_views,
    5::bigint as full_age_views, 1.0::double as share_of_full_age_ratio, batch_id, loaded_at
from clips.dim_clips, (values (24), (168)) as a(h);

create table clips.agg_period_comparison as
select
    account_id, 'day' as period_type, m as metric, last_updated_at - interval 1 day as period_started_at,
    last_updated_at as period_ended_at, last_updated_at - interval 2 day as previous_started_at, 3::bigint as value,
    2::bigint as previous_value, 1::bigint as difference, 0.5::double as change_ratio, batch_id, loaded_at
from clips.dim_clips, (values ('clip_count'), ('views_gained')) as t(m);

create table clips.agg_reaction_sentiment as
select
    account_id, kind as entity_type, id as entity_id, discord_reactions as reaction_count, discord_reactions as scored_count,
    1.0::double as scored_ratio, 0.9::double as sentiment, batch_id, loaded_at
from clips.dim_clips, lateral (values ('account', account_id), ('clip', clip_id)) as t(kind, id);

create table clips.agg_schedule_to_clip_lag as
select
    account_id, 30 * n as lag_bucket_minutes, 1 - n as clip_count, 2::bigint as broadcast_count,
    (1 - n) / 2.0::double as clips_per_broadcast, 1.0::double as cumulative_clip_ratio, 60.0::double as median_lag_seconds,
    1::bigint as matched_clip_count, 0::bigint as unmatched_clip_count, batch_id, loaded_at
from clips.dim_clips, range(2) as r(n);
