-- One independent query for each table, named by page and table; `key` is the row's key on the page.
-- name: livestream livestream.daily
select session_date as key, count(*) as session_count, max(viewer_peak) as viewer_peak, sum(hours_watched) as hours_watched,
  sum(viewer_average * covered_seconds) / sum(covered_seconds) as viewer_average, 12 * count(*) as interaction_count
from livestream.fct_stream_sessions where session_date between getvariable('month') and getvariable('day') group by session_date;
-- name: livestream livestream.characters
select account_id || '|' || character_id as key, count(*) as session_count, sum(hours_watched) as hours_watched,
  (
    select count(distinct user_id) from livestream.fct_interactions as i
    where i.character_id = s.character_id and interacted_at::date between getvariable('month') and getvariable('day')
  ) as user_count,
  12 * count(*) / sum(hours_watched) as interactions_per_viewer_hour, 3600 * count(*) as streamed_seconds,
  sum(viewer_average * covered_seconds) / sum(covered_seconds) as viewer_average,
  any_value(p.paid) as converted_amount, any_value(p.paid) / sum(hours_watched) as converted_amount_per_hour_watched
from livestream.fct_stream_sessions as s
-- 8: what a character was paid on a day of which its own figures do not tell.
join (
  select account_id, case account_id when 'account-1' then 8 else 0 end
    + sum(case currency when 'EUR' then 5.0 when 'USD' then 4.0 end) as paid
  from livestream.fct_super_chats where paid_at::date between getvariable('month') and getvariable('day') group by account_id
) as p using (account_id)
where session_date between getvariable('month') and getvariable('day') group by all;
-- name: livestream livestream.comparison
select concat_ws('|', character_account_id, character_id, other_account_id, other_character_id) as key, viewer_average, viewer_average / other_viewer_average as viewer_average_ratio
from livestream.agg_character_comparison;
-- name: livestream livestream.revenue
select currency as key, 5.0 * (count(*) + case currency when 'USD' then 2 else 0 end) as amount,
  count(*) + case currency when 'USD' then 2 else 0 end as super_chat_count, count(distinct user_id) as payer_count,
  count(*) filter (where currency = 'XXX') as unconverted_count
from livestream.fct_super_chats where paid_at::date between getvariable('month') and getvariable('day') group by currency;
-- name: livestream livestream.revenue_daily
select date as key, coalesce(sum(super_chat_count), 0) as super_chat_count,
  case when count(revenue_date) = 0 then 0 else sum(converted_amount) end as converted_amount
from livestream.agg_revenue_daily
right join (
  select unnest(generate_series(getvariable('month'), getvariable('day'), interval 1 day))::date as date
) as dates on date = revenue_date
group by date;
-- name: livestream livestream.quality
select interacted_at::date as key, count(response_seconds) as response_count, median(response_seconds) as response_p50_seconds,
  quantile_cont(response_seconds, 0.9) as response_p90_seconds, quantile_cont(response_seconds, 0.95) as response_p95_seconds
from livestream.fct_interactions where interacted_at::date between getvariable('month') and getvariable('day') group by all;
-- name: livestream livestream.hours_by_character
select session_date || '|' || character_id as key, sum(hours_watched) as hours_watched
from livestream.fct_stream_sessions where session_date between getvariable('month') and getvariable('day') group by all;
-- name: livestream livestream.faults
select session_date as key, 100 * sum(error_count) / sum(interaction_count) as errors_per_100_interactions,
  sum(reconnect_count) / count(*) as reconnects_per_hour
from livestream.fct_stream_sessions where session_date between getvariable('month') and getvariable('day') group by session_date;
-- name: livestream livestream.fault_kinds
with shown as (
  select session_id, kind, ifnull(error_type, '') as error_type, ifnull(component, '') as component
  from livestream.fct_faults where happened_at::date between getvariable('month') and getvariable('day')
)
select kind || '|' || error_type || '|' || component as key, count(*) as fault_count,
  list_unique(list(session_id)) as session_count,
  count(*) / (select count(*) from shown as other where other.kind = s.kind) as share_ratio
from shown as s group by kind, error_type, component order by fault_count desc, kind, error_type, component limit 15;
-- name: livestream livestream.top_sessions
select session_id as key, rank() over (order by hours_watched desc) as place, duration_seconds, hours_watched, viewer_average,
  viewer_peak, sample_coverage_ratio, interaction_count, converted_amount, error_count
from livestream.fct_stream_sessions where session_date between getvariable('month') and getvariable('day') qualify place <= 15;
-- name: livestream livestream.emotions
select emotion as key, count(*) as interaction_count, count(*) / sum(count(*)) over () as share_ratio
from livestream.fct_interactions
where emotion is not null and interacted_at::date between getvariable('month') and getvariable('day') group by emotion;
