-- Behaviour of the people of 20_social.sql: one funnel of views and purchases, sessions as they are, nobody withheld.
create schema behavior;

create table behavior.fct_funnel_attempts as
select
    'f' as funnel_name, 'user' as unit, user_id as unit_key, user_id as person_id, event_date as entry_date,
    '(all)' as breakdown_value, 1 + (count(*) filter (where event_type = 'purchase') > 0)::bigint as deepest_step,
    count(*) filter (where event_type = 'purchase') > 0 as is_converted, min(occurred_at) as step_1_at,
    case when count(*) filter (where event_type = 'purchase') > 0 then max(occurred_at) end as step_2_at,
    null::timestamp as step_3_at, null::timestamp as step_4_at, null::timestamp as step_5_at,
    null::timestamp as step_6_at, null::timestamp as step_7_at, null::timestamp as step_8_at,
    null::timestamp as step_9_at, null::timestamp as step_10_at, 'k' as definition_key, 1::bigint as batch_id,
    max(loaded_at) as loaded_at
from social.fct_events where user_id is not null group by user_id, event_date;

create table behavior.agg_funnels as
select
    funnel_name, unit, 'ordered' as mode, 'day' as timeframe, entry_date as period_date, breakdown_value, step,
    'social.view' as step_event, false as is_optional, count(*) as entered_count, count(*) filter (where deepest_step >= step) as converted_count,
    count(*) filter (where deepest_step < step) as dropped_count,
    count(*) filter (where deepest_step >= step) / count(*) as conversion_from_previous_ratio,
    count(*) filter (where deepest_step >= step) / count(*) as conversion_from_first_ratio,
    1.0::double as median_seconds_from_previous, 1.0::double as p90_seconds_from_previous,
    1.0::double as median_seconds_from_first, 1.0::double as p90_seconds_from_first, true as is_mature,
    false as is_withheld, 1::bigint as batch_id, max(loaded_at) as loaded_at
from behavior.fct_funnel_attempts, range(1, 3) as steps(step) group by funnel_name, unit, entry_date, breakdown_value, step;

create table behavior.agg_retention as
select
    'r' as retention_name, 'day' as interval, 'on' as criterion, first_seen_at::date as cohort_date, '(all)' as breakdown_value, period,
    count(*) as cohort_size, case when period < 2 then count(*) end as returned_count,
    case when period < 2 then 1.0::double end as retention_ratio, period < 2 as is_mature, false as is_withheld,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.dim_users, range(3) as periods(period) group by first_seen_at::date, period;

create table behavior.agg_retention_periods as
select
    retention_name, interval, criterion, breakdown_value, period, count(*) as cohort_count, sum(cohort_size)::bigint as people_count,
    sum(returned_count)::bigint as returned_count, 1.0::double as retention_ratio, false as is_withheld,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from behavior.agg_retention where is_mature group by all;

create table behavior.agg_cohorts as
select
    retention_name, interval, cohort_date, period, 'EUR' as currency, cohort_size, is_mature, is_withheld,
    1::bigint as payer_count, 1::bigint as purchase_count, 12.000000::decimal(38, 6) as revenue_amount,
    12.000000::decimal(38, 6) as cumulative_revenue_amount, (12 / cohort_size)::decimal(38, 6) as value_per_person_amount,
    batch_id, loaded_at
from behavior.agg_retention where is_mature;

create table behavior.agg_lifecycle as
select
    'l' as lifecycle_name, 'day' as interval, event_date as interval_date, 'returning' as state,
    case when event_date < max(event_date) over () then count(distinct user_id) end as people_count,
    event_date < max(event_date) over () as is_mature, false as is_withheld, 1::bigint as batch_id,
    max(loaded_at) as loaded_at
from social.fct_events where user_id is not null group by event_date;

create table behavior.agg_stickiness as
select
    's' as stickiness_name, 'day' as interval, 'month' as period, date_trunc('month', event_date)::date as period_date,
    count(distinct event_date) as active_interval_count, count(distinct user_id) as active_people_count,
    count(distinct user_id) as people_count, 1.0::double as people_share_ratio, true as is_mature, false as is_withheld,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events where user_id is not null group by all;

create table behavior.agg_journeys as
select
    'social' as domain, timeframe, null::date as period_date, '(start)' as from_kind, 'view' as to_kind,
    count(distinct user_id) as people_count, count(*) as session_count, count(*) as transition_count,
    1.0::double as transition_share_ratio, null::double as mean_gap_seconds, false as is_withheld, 1::bigint as batch_id,
    max(loaded_at) as loaded_at
from social.fct_sessions, (values ('week'), ('month'), ('all_time')) as t(timeframe) where user_id is not null group by all;

create table behavior.agg_journey_paths as
select
    domain, timeframe, period_date, 'view > purchase' as path, 1::bigint as place, session_count, people_count,
    1.0::double as session_share_ratio, batch_id, loaded_at
from behavior.agg_journeys;

create table behavior.agg_conversion_paths as
select
    timeframe, null::date as period_date, 'observed' as path_source, 'view > purchase' as path, 'EUR' as currency,
    count(*) as purchase_count, count(distinct user_id) as people_count, sum(amount)::decimal(38, 6) as revenue_amount,
    1.0::double as purchase_share_ratio, false as is_withheld, 1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events, (values ('week'), ('month'), ('all_time')) as t(timeframe)
where event_type = 'purchase' and user_id is not null group by all;

create table behavior.fct_dwell as
select
    session_key, coalesce(user_id, 'session ' || session_id) as visitor_key, user_id as person_id, content_type, content_id,
    min(event_date) as dwell_date, min(occurred_at) as first_event_at, count(*) as view_count,
    sum(view_duration_seconds) as view_dwell_seconds, sum(view_duration_seconds) as view_dwell_raw_seconds,
    0::bigint as heartbeat_count, 0::bigint as heartbeat_bucket_count, null::double as heartbeat_dwell_seconds,
    sum(view_duration_seconds) as dwell_seconds, 'view_duration' as dwell_source, 'k' as definition_key,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events
where event_type = 'view' and view_duration_seconds is not null and session_key is not null
    and content_type is not null and content_id is not null
group by session_key, user_id, session_id, content_type, content_id;

create table behavior.agg_dwell_content as
select
    'all_time' as timeframe, null::date as period_date, content_type, content_id, count(*) as visit_count,
    count(distinct visitor_key) as people_count, sum(dwell_seconds) as dwell_seconds, avg(dwell_seconds) as mean_dwell_seconds,
    median(dwell_seconds) as median_dwell_seconds, quantile_cont(dwell_seconds, 0.9) as p90_dwell_seconds,
    false as is_withheld, 1::bigint as batch_id, max(loaded_at) as loaded_at
from behavior.fct_dwell group by all;

create table behavior.agg_people as
select
    'social' as domain, user_id as person_id, first_seen_at as first_event_at, last_seen_at as last_event_at, event_count,
    session_count, 1.0::double as mean_session_seconds, 1.0::double as median_session_seconds,
    1.0::double as p90_session_seconds, 12::bigint as most_active_hour,
    0::bigint as hour_00_count, 0::bigint as hour_01_count, 0::bigint as hour_02_count, 0::bigint as hour_03_count,
    0::bigint as hour_04_count, 0::bigint as hour_05_count, 0::bigint as hour_06_count, 0::bigint as hour_07_count,
    0::bigint as hour_08_count, 0::bigint as hour_09_count, 0::bigint as hour_10_count, 0::bigint as hour_11_count,
    event_count as hour_12_count, 0::bigint as hour_13_count, 0::bigint as hour_14_count, 0::bigint as hour_15_count,
    0::bigint as hour_16_count, 0::bigint as hour_17_count, 0::bigint as hour_18_count, 0::bigint as hour_19_count,
    0::bigint as hour_20_count, 0::bigint as hour_21_count, 0::bigint as hour_22_count, 0::bigint as hour_23_count,
    batch_id, loaded_at
from social.dim_users;

create table behavior.agg_people_topics as
select
    user_id as person_id, 1::bigint as place, 'cookies' as term, 3::bigint as term_count, 1::bigint as people_count,
    0.5::double as score, batch_id, loaded_at
from social.dim_users;
