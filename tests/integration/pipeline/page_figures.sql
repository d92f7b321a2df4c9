-- Figures of pages from the simulator's truth, where tests/unit/reports tells its own sample's answer by a shorter way or
-- by dates in UTC.
-- name: social social.stickiness_month
select
  (select count(distinct (user_id, event_date)) from events_month where user_id is not null)
  / (select least(30, getvariable('day') - min(event_date) + 1) from social.fct_events)
  / (select count(distinct user_id) from events_month);
-- name: conversations conversations.messages_week
select count(*) from conversations.fct_messages
where message_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.tokens_week
select sum(total_tokens) from conversations.agg_conversations_daily
where activity_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.error_rate_week
select sum(error_count) / sum(outcome_count) from conversations.agg_conversations_daily
where activity_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.hours_watched_week
select sum(viewer_average * covered_seconds) / 3600 from livestream.agg_session_minutes
where activity_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.viewer_average_week
select sum(viewer_average * covered_seconds) / sum(covered_seconds) filter (where viewer_average is not null)
from livestream.agg_session_minutes where activity_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.interactions_per_viewer_hour_week
select sum(interaction_count) / sum(hours_watched) from livestream.agg_characters_daily
where activity_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.people_week
select count(distinct user_id) from livestream.fct_interactions
where interaction_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.revenue_week
select sum(converted_amount) from livestream.fct_super_chats
where paid_date between getvariable('week') and getvariable('day');
-- name: channels channels.video_views_week
select sum(views_gained) from channels.fct_video_snapshots
where snapshot_date between getvariable('week') and getvariable('day');
-- name: clips clips.shares_week
select count(*) from clips.fct_discord_shares
where not is_deleted and share_date between getvariable('week') and getvariable('day');
-- name: clips clips.reactions_week
select sum(reaction_count) from clips.fct_discord_reactions join clips.fct_discord_shares using (account_id, message_id)
where is_current and not is_deleted and share_date between getvariable('week') and getvariable('day');
-- name: social social.session_seconds_week
select median(duration_seconds) from social.fct_sessions
where session_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.conversations_week
select count(*) from conversations.fct_conversations
where conversation_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.response_p50_week
select quantile_cont(response_seconds, 0.5) from conversations.fct_turns
where turn_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.response_p90_week
select quantile_cont(response_seconds, 0.9) from conversations.fct_turns
where turn_date between getvariable('week') and getvariable('day');
-- name: conversations conversations.response_p95_week
select quantile_cont(response_seconds, 0.95) from conversations.fct_turns
where turn_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.response_p50_week
select quantile_cont(response_seconds, 0.5) from livestream.fct_interactions
where interaction_date between getvariable('week') and getvariable('day');
-- name: livestream livestream.response_p95_week
select quantile_cont(response_seconds, 0.95) from livestream.fct_interactions
where interaction_date between getvariable('week') and getvariable('day');
-- name: clips clips.clips_week
select count(*) from clips.dim_clips
where clip_date between getvariable('week') and getvariable('day');
-- name: clips clips.creators_week
select count(distinct creator_id) from clips.dim_clips
where clip_date between getvariable('week') and getvariable('day');
-- name: clips clips.games_week
select count(distinct game_id) from clips.dim_clips
where game_id <> 'unknown' and clip_date between getvariable('week') and getvariable('day');
-- name: clips clips.views_week
select sum(views_gained) from clips.fct_clip_snapshots
where snapshot_date between getvariable('week') and getvariable('day');
