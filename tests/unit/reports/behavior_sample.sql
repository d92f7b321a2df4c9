-- Behaviour of the sample's people: one funnel of views and purchases a day, cohorts by week, a lifecycle, journeys, dwell.
insert into behavior.fct_funnel_attempts by name
  with days as (
    select user_id, event_date, min(occurred_at) filter (where event_type = 'view') as viewed_at,
      max(occurred_at) filter (where event_type = 'purchase') as bought_at
    from social.fct_events where user_id is not null group by user_id, event_date
  )
  select 'view_to_buy' as funnel_name, 'user' as unit, user_id as unit_key, user_id as person_id, event_date as entry_date,
    ['ios', 'web'][1 + (hash(user_id) % 2)::int] as breakdown_value, viewed_at as step_1_at,
    case when bought_at >= viewed_at then bought_at end as step_2_at, 1 + (bought_at >= viewed_at)::bigint as deepest_step,
    bought_at >= viewed_at as is_converted, 'k' as definition_key, getvariable('loaded') as loaded_at
  from (select * replace (coalesce(bought_at, viewed_at - interval 1 second) as bought_at) from days where viewed_at is not null);
insert into behavior.agg_funnels by name
  with best as (
    select t.timeframe, case when t.timeframe = 'week' then date_trunc('week', entry_date)::date end as period_date, v.value,
      unit_key, max(deepest_step) as deepest, min_by(step_2_at - step_1_at, step_2_at) as taken
    from behavior.fct_funnel_attempts as a, (values ('week'), ('all_time')) as t(timeframe),
      lateral (select unnest(['(all)', a.breakdown_value]) as value) as v
    group by all
  )
  select 'view_to_buy' as funnel_name, 'user' as unit, 'ordered' as mode, timeframe, period_date, value as breakdown_value, step,
    ['social.view', 'social.purchase'][step] as step_event, false as is_optional, count(*) as entered_count,
    count(*) filter (where deepest >= step) as converted_count, entered_count - converted_count as dropped_count,
    converted_count / entered_count as conversion_from_previous_ratio, converted_count / entered_count as conversion_from_first_ratio,
    case when step = 2 then median(epoch(taken)) end as median_seconds_from_previous,
    case when step = 2 then quantile_cont(epoch(taken), 0.9) end as p90_seconds_from_previous,
    median_seconds_from_previous as median_seconds_from_first, p90_seconds_from_previous as p90_seconds_from_first,
    coalesce(period_date < getvariable('last_day') - 7, false) as is_mature, false as is_withheld, getvariable('loaded') as loaded_at
  from best, (values (1::bigint), (2)) as s(step) group by timeframe, period_date, value, step;
insert into behavior.agg_retention by name
  with weeks as (select distinct user_id, date_trunc('week', event_date)::date as week from social.fct_events where user_id is not null),
    firsts as (select user_id, min(week) as cohort_date from weeks group by user_id)
  select 'weekly' as retention_name, 'week' as interval, 'on' as criterion, cohort_date, '(all)' as breakdown_value, period,
    count(distinct f.user_id) as cohort_size, cohort_date + 7 * (period + 1)::int <= getvariable('last_day') as is_mature,
    cohort_size < 5 as is_withheld,
    case when is_mature and not is_withheld then count(distinct w.user_id) end as returned_count,
    returned_count / cohort_size as retention_ratio, getvariable('loaded') as loaded_at
  from firsts as f cross join range(7) as p(period)
  left join weeks as w on w.user_id = f.user_id and w.week = f.cohort_date + 7 * period::int group by cohort_date, period;
insert into behavior.agg_retention_periods by name
  select retention_name, interval, criterion, breakdown_value, period, count(*) as cohort_count, sum(cohort_size) as people_count,
    sum(returned_count) as returned_count, sum(returned_count) / sum(cohort_size) as retention_ratio, false as is_withheld,
    getvariable('loaded') as loaded_at
  from behavior.agg_retention where is_mature and not is_withheld group by all;
insert into behavior.agg_lifecycle by name
  with days as (select distinct user_id, event_date from social.fct_events where user_id is not null)
  select 'daily' as lifecycle_name, 'day' as interval, event_date as interval_date,
    case when before is null then 'new' when before = event_date - 1 then 'returning' else 'resurrecting' end as state,
    count(*) as people_count, true as is_mature, false as is_withheld, getvariable('loaded') as loaded_at
  from (select *, lag(event_date) over (partition by user_id order by event_date) as before from days) group by all;
insert into behavior.agg_lifecycle by name
  with days as (select distinct user_id, event_date from social.fct_events where user_id is not null)
  select 'daily' as lifecycle_name, 'day' as interval, event_date + 1 as interval_date, 'dormant' as state, count(*) as people_count,
    event_date < getvariable('last_day') as is_mature, false as is_withheld, getvariable('loaded') as loaded_at
  from days as d anti join days as n on n.user_id = d.user_id and n.event_date = d.event_date + 1 group by event_date;
insert into behavior.agg_stickiness by name
  with people as (
    select user_id, date_trunc('week', event_date)::date as period_date, count(distinct event_date) as active_interval_count
    from social.fct_events where user_id is not null group by all
  )
  select 'weekly' as stickiness_name, 'day' as interval, 'week' as period, period_date, active_interval_count, count(*) as people_count,
    sum(count(*)) over (partition by period_date) as active_people_count, people_count / active_people_count as people_share_ratio,
    period_date + 6 < getvariable('last_day') as is_mature, false as is_withheld, getvariable('loaded') as loaded_at
  from people group by period_date, active_interval_count;
insert into behavior.agg_journeys by name
  with steps as (
    select event_type, user_id, session_key, coalesce(lead(event_type) over (partition by session_key order by occurred_at, event_id), '(end)') as following
    from social.fct_events where user_id is not null and session_key is not null
  )
  select 'social' as domain, 'all_time' as timeframe, event_type as from_kind, following as to_kind, count(*) as transition_count,
    count(distinct session_key) as session_count, count(distinct user_id) as people_count,
    transition_count / sum(count(*)) over (partition by event_type) as transition_share_ratio, 12.5 as mean_gap_seconds,
    false as is_withheld, getvariable('loaded') as loaded_at
  from steps group by event_type, following;
insert into behavior.agg_journey_paths by name
  select 'social' as domain, 'all_time' as timeframe, event_type || ' > ' || getvariable('hostile')[1 + (hash(event_type) % 9)::int] as path,
    count(distinct session_key) as session_count, count(distinct user_id) as people_count,
    rank() over (order by count(distinct session_key) desc) as place,
    session_count / sum(count(distinct session_key)) over () as session_share_ratio, getvariable('loaded') as loaded_at
  from social.fct_events where user_id is not null group by event_type;
insert into behavior.agg_conversion_paths by name
  select 'all_time' as timeframe, 'observed' as path_source, split_part(session_key, '-', 2) || ' > purchase' as path,
    coalesce(currency, 'XXX') as currency, count(*) as purchase_count, count(distinct user_id) as people_count,
    sum(amount) as revenue_amount, purchase_count / sum(count(*)) over (partition by coalesce(currency, 'XXX')) as purchase_share_ratio,
    false as is_withheld, getvariable('loaded') as loaded_at
  from social.fct_events where event_type = 'purchase' and user_id is not null group by split_part(session_key, '-', 2), coalesce(currency, 'XXX');
insert into behavior.fct_dwell by name
  select session_key, user_id as visitor_key, user_id as person_id, content_type, content_id, sum(view_duration_seconds) as dwell_seconds,
    'view_duration' as dwell_source, getvariable('loaded') as loaded_at
  from social.fct_events where event_type = 'view' and view_duration_seconds is not null and user_id is not null group by all;
insert into behavior.agg_dwell_content by name
  select 'all_time' as timeframe, content_type, content_id, count(*) as visit_count, count(distinct visitor_key) as people_count,
    avg(dwell_seconds) as mean_dwell_seconds, median(dwell_seconds) as median_dwell_seconds,
    quantile_cont(dwell_seconds, 0.9) as p90_dwell_seconds, false as is_withheld, getvariable('loaded') as loaded_at
  from behavior.fct_dwell group by all;
