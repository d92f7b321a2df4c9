-- One independent query for each table, named by page and table; `key` is the row's key on the page.
-- name: behavior behavior.funnels.view_to_buy
select 'view_to_buy|' || step as key, count(distinct unit_key) as entered_count,
  count(distinct unit_key) filter (where step = 1 or step_2_at is not null) as converted_count,
  count(distinct unit_key) - converted_count as dropped_count, converted_count / count(distinct unit_key) as conversion_from_first_ratio
from behavior.fct_funnel_attempts, range(1, 3) as s(step) group by step;
-- name: behavior behavior.funnel_weeks
select 'view_to_buy|' || date_trunc('week', entry_date)::date as key, count(distinct unit_key) as started_count,
  count(distinct unit_key) filter (where is_converted) as converted_count
from behavior.fct_funnel_attempts where date_trunc('week', entry_date) < getvariable('day') - 7 group by date_trunc('week', entry_date);
-- name: behavior behavior.funnel_breakdowns
select 'view_to_buy|' || breakdown_value as key, count(distinct unit_key) as started_count,
  count(distinct unit_key) filter (where is_converted) as converted_count
from behavior.fct_funnel_attempts group by breakdown_value;
-- name: behavior behavior.retention.weekly
with people as (select user_id, event_date, min(event_date) over (partition by user_id) as first_date from social.fct_events where user_id is not null),
  cells as (
    select date_trunc('week', first_date)::date as cohort_date, count(distinct user_id) as cohort_size,
      list(distinct (user_id, (date_trunc('week', event_date)::date - date_trunc('week', first_date)::date) // 7)) as visits
    from people group by 1
  )
select 'weekly|' || cohort_date || '|' || period as key, cohort_size,
  case when cohort_size >= 5 and cohort_date + 7 * (period + 1)::int <= getvariable('day')
  then len(list_filter(visits, lambda v: v[2] = period)) end as returned_count
from cells, range(7) as p(period)
qualify dense_rank() over (order by cohort_date desc) <= 12;
-- name: behavior behavior.retention_means
select 'weekly|' || period as key, sum(cohort_size) as people_count, sum(returned_count) / sum(cohort_size) as retention_ratio
from behavior.agg_retention where returned_count is not null group by period;
-- name: behavior behavior.lifecycle.daily
with days as (select distinct user_id, event_date as day from social.fct_events where user_id is not null),
  seen as (select *, min(day) over (partition by user_id) as first_day from days),
  states as (
    select day, case when day = first_day then 'new' when exists (from days as b where b.user_id = s.user_id and b.day = s.day - 1) then 'returning'
      else 'resurrecting' end as state
    from seen as s
    union all
    select day + 1, 'dormant' from days as d where day < getvariable('day') and not exists (from days as n where n.user_id = d.user_id and n.day = d.day + 1)
  )
select 'daily|' || day || '|' || state as key, count(*) as people_count from states where day > getvariable('day') - 30 group by day, state;
-- name: behavior behavior.stickiness
with newest as (select date_trunc('week', getvariable('day'))::date - 7 as week),
  active as (
    select user_id, count(distinct event_date) as n from social.fct_events, newest
    where user_id is not null and event_date between week and week + 6 group by user_id
  )
select 'weekly|' || n as key, count(*) as people_count from active group by n;
-- name: behavior behavior.journeys
select domain || '|' || from_kind || '|' || to_kind as key, session_count, people_count, transition_share_ratio
from behavior.agg_journeys where (select count(*) from behavior.agg_journeys as o where o.session_count > agg_journeys.session_count) < 15;
-- name: behavior behavior.paths
select 'social|' || path as key, (select count(distinct session_key) from social.fct_events where user_id is not null
  and event_type = split_part(path, ' > ', 1)) as session_count
from behavior.agg_journey_paths where place <= 10;
-- name: behavior behavior.conversion_paths
select path || '|' || currency as key, (
    select sum(amount) from social.fct_events where event_type = 'purchase' and user_id is not null
    and coalesce(currency, 'XXX') = p.currency and split_part(session_key, '-', 2) || ' > purchase' = p.path
  ) as revenue_amount
from behavior.agg_conversion_paths as p
where (select count(*) from behavior.agg_conversion_paths as o where o.currency = p.currency and o.purchase_count > p.purchase_count) < 5;
-- name: behavior behavior.dwell
select content_type || '|' || content_id as key, count(distinct visitor_key) as people_count, count(*) as visit_count,
  avg(dwell_seconds) as mean_dwell_seconds, median(dwell_seconds) as median_dwell_seconds
from behavior.fct_dwell group by content_type, content_id
qualify rank() over (order by count(distinct visitor_key) desc) <= 15;
