create schema if not exists livestream;

create table livestream.fct_interactions as
select
    event_id, interaction_id, session_id, account_id, character_id, user_id, "timestamp" as interacted_at,
    "timestamp"::date as interaction_date, super_chat_amount, currency, response_time / 1000 as response_seconds,
    emotion, false as is_late, 1::bigint as batch_id, l.inserted_at::timestamp as loaded_at
from raw_livestream.events e join raw_livestream._dlt_loads l on l.load_id = e._dlt_load_id
where type = 'interaction';

create table livestream.fct_faults as
select
    event_id, session_id, account_id, character_id, type as kind, error_type, error_message, component,
    "timestamp" as happened_at, "timestamp"::date as fault_date, false as is_late, 1::bigint as batch_id,
    l.inserted_at::timestamp as loaded_at
from raw_livestream.events e join raw_livestream._dlt_loads l on l.load_id = e._dlt_load_id
where type in ('error', 'reconnect');

create table livestream.fct_super_chats as
select
    event_id as super_chat_id, 'livestream' as platform, 'super_chat' as kind, session_id, null::varchar as video_id,
    account_id, character_id, user_id, interacted_at as paid_at, interaction_date as paid_date,
    super_chat_amount as amount, currency,
    case currency when 'EUR' then super_chat_amount else (super_chat_amount / 1.25)::decimal(18, 6) end
        as converted_amount,
    'EUR' as converted_currency, false as is_rate_filled, false as is_rate_missing, 1::bigint as payment_number,
    false as is_deleted, 1::bigint as batch_id, loaded_at
from livestream.fct_interactions where super_chat_amount > 0;

create table livestream.agg_session_minutes as
select
    session_id, date_trunc('minute', "timestamp") as minute_at, any_value(account_id) as account_id,
    any_value(character_id) as character_id, "timestamp"::date as activity_date,
    row_number() over (partition by session_id order by date_trunc('minute', "timestamp")) - 1 as minute_of_session,
    max(viewer_count)::double as viewer_average, max(viewer_count) as viewer_peak,
    count(viewer_count) as viewer_sample_count, sum(viewer_count)::bigint as viewer_sum,
    (60 * count(viewer_count))::decimal(38, 6) as covered_seconds,
    (60 * sum(viewer_count))::decimal(38, 6) as viewer_seconds,
    count(*) filter (type = 'interaction') as interaction_count, count(distinct user_id) as user_count,
    count(super_chat_amount) as super_chat_count, count(*) filter (type = 'error') as error_count,
    count(*) filter (type = 'reconnect') as reconnect_count, 1::bigint as batch_id, 1::bigint as event_batch_id, now()::timestamp as loaded_at
from raw_livestream.events
where type not in ('session_start', 'session_end')
group by session_id, date_trunc('minute', "timestamp"), "timestamp"::date;

create table livestream.fct_stream_sessions as
with minutes as (
    select
        session_id, sum(viewer_seconds) as viewer_seconds, sum(covered_seconds) as covered_seconds,
        max(viewer_peak) as viewer_peak, sum(viewer_sample_count)::bigint as viewer_sample_count,
        sum(viewer_sum) as viewer_sum, sum(error_count)::bigint as error_count,
        sum(reconnect_count)::bigint as reconnect_count
    from livestream.agg_session_minutes group by session_id
),
interactions as (
    select
        session_id, any_value(account_id) as account_id, any_value(character_id) as character_id,
        count(*) as interaction_count, count(distinct user_id) as user_count,
        count(response_seconds) as response_count, avg(response_seconds) as response_mean_seconds,
        quantile_cont(response_seconds, 0.5) as response_p50_seconds,
        quantile_cont(response_seconds, 0.9) as response_p90_seconds,
        quantile_cont(response_seconds, 0.95) as response_p95_seconds, max(loaded_at) as loaded_at
    from livestream.fct_interactions group by session_id
),
revenue as (
    select
        session_id, count(*) as super_chat_count, count(distinct user_id) as payer_count,
        sum(converted_amount) as converted_amount
    from livestream.fct_super_chats group by session_id
),
times as (
    select session_id, min("timestamp") as started_at, max("timestamp") as ended_at, count(*) as event_count
    from raw_livestream.events group by session_id
)
select
    session_id, account_id, character_id, null::varchar as video_id, started_at::date as session_date, started_at,
    ended_at, epoch(ended_at - started_at)::double as duration_seconds, false as is_live, false as closed_by_rule,
    ended_at as last_seen_at, viewer_peak, viewer_seconds::double / covered_seconds::double as viewer_average,
    viewer_sum::double / viewer_sample_count as viewer_sample_mean, viewer_sample_count,
    viewer_seconds::double / 3600 as hours_watched, covered_seconds::double as covered_seconds,
    covered_seconds::double / epoch(ended_at - started_at) as sample_coverage_ratio, false as is_reconstructed,
    interaction_count, user_count, 0.1::double as engagement_ratio, 0.1::double as interactions_per_viewer_hour,
    super_chat_count, payer_count, '{"EUR":"5"}' as super_chat_amounts, converted_amount,
    'EUR' as converted_currency, 0::bigint as unconverted_super_chat_count,
    0.1::double as converted_amount_per_hour_watched, response_count, response_mean_seconds, response_p50_seconds,
    response_p90_seconds, response_p95_seconds, 0::double as slow_response_ratio, error_count, reconnect_count,
    100.0 * error_count / interaction_count as errors_per_100_interactions, 1::double as reconnects_per_hour,
    event_count, 1::bigint as batch_id, loaded_at
from times join minutes using (session_id) join interactions using (session_id) join revenue using (session_id);

create table livestream.agg_characters_hourly as
select
    date_trunc('hour', m.minute_at) as hour_at, m.activity_date, hour(m.minute_at) as hour_of_day, m.account_id,
    m.character_id,
    count(distinct m.session_id) filter (minute_of_session = 0) as session_count,
    sum(60)::double as streamed_seconds, max(m.viewer_peak) as viewer_peak,
    sum(m.viewer_seconds)::double / sum(m.covered_seconds)::double as viewer_average,
    sum(m.viewer_sum)::double / sum(m.viewer_sample_count) as viewer_sample_mean,
    sum(m.viewer_sample_count)::bigint as viewer_sample_count, sum(m.viewer_seconds)::double / 3600 as hours_watched,
    sum(m.covered_seconds)::double as covered_seconds, sum(m.covered_seconds)::double / sum(60) as sample_coverage_ratio,
    sum(m.interaction_count)::bigint as interaction_count, 20::bigint as user_count, 0.1::double as engagement_ratio,
    0.1::double as interactions_per_viewer_hour, sum(m.error_count)::bigint as error_count,
    sum(m.reconnect_count)::bigint as reconnect_count, 1::bigint as batch_id, now()::timestamp as loaded_at
from livestream.agg_session_minutes m group by all;

create table livestream.agg_revenue_daily as
select
    paid_date as revenue_date, account_id, character_id, currency, count(*) as super_chat_count,
    sum(amount)::decimal(38, 6) as amount, sum(converted_amount)::decimal(38, 6) as converted_amount,
    'EUR' as converted_currency, 0::bigint as filled_rate_count, 0::bigint as unconverted_super_chat_count,
    count(distinct user_id) as payer_count, 0::bigint as repeat_payer_count, 0.5::double as top_payer_share_ratio,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from livestream.fct_super_chats group by all;

create table livestream.agg_characters_daily as
select
    h.* exclude (hour_at, hour_of_day, batch_id, loaded_at),
    r.super_chat_count, r.payer_count, 0::bigint as repeat_payer_count, r.converted_amount,
    'EUR' as converted_currency, 0::bigint as unconverted_super_chat_count,
    0.1::double as converted_amount_per_hour_watched, 1::bigint as batch_id, h.loaded_at
from (
    select
        activity_date, account_id, character_id, sum(session_count)::bigint as session_count,
        sum(streamed_seconds) as streamed_seconds, max(viewer_peak) as viewer_peak,
        sum(hours_watched) * 3600 / sum(covered_seconds) as viewer_average, avg(viewer_sample_mean) as viewer_sample_mean,
        sum(viewer_sample_count)::bigint as viewer_sample_count, sum(hours_watched) as hours_watched,
        sum(covered_seconds) as covered_seconds, sum(covered_seconds) / sum(streamed_seconds) as sample_coverage_ratio,
        sum(interaction_count)::bigint as interaction_count, 20::bigint as user_count, 0.1::double as engagement_ratio,
        0.1::double as interactions_per_viewer_hour, sum(error_count)::bigint as error_count,
        sum(reconnect_count)::bigint as reconnect_count, any_value(hour_at) as hour_at,
        any_value(hour_of_day) as hour_of_day, 1 as batch_id, max(loaded_at) as loaded_at
    from livestream.agg_characters_hourly group by activity_date, account_id, character_id
) h
join (
    select
        revenue_date as activity_date, account_id, character_id, sum(super_chat_count)::bigint as super_chat_count,
        sum(payer_count)::bigint as payer_count, sum(converted_amount)::decimal(38, 6) as converted_amount
    from livestream.agg_revenue_daily group by all
) r using (activity_date, account_id, character_id);

create table livestream.agg_response_quality as
select
    d.activity_date, d.account_id, d.character_id, d.session_count, d.viewer_sample_count, i.response_count,
    i.response_mean_seconds, i.response_p50_seconds, i.response_p90_seconds, i.response_p95_seconds,
    0::double as slow_response_ratio, d.interaction_count, d.error_count,
    100.0 * d.error_count / d.interaction_count as errors_per_100_interactions, d.reconnect_count,
    1::double as reconnects_per_hour, d.interaction_count as emotion_interaction_count, '{"joy":60}' as emotion_counts,
    1::bigint as batch_id, d.loaded_at
from livestream.agg_characters_daily d
join (
    select
        interaction_date as activity_date, character_id, count(response_seconds) as response_count,
        avg(response_seconds) as response_mean_seconds, quantile_cont(response_seconds, 0.5) as response_p50_seconds,
        quantile_cont(response_seconds, 0.9) as response_p90_seconds,
        quantile_cont(response_seconds, 0.95) as response_p95_seconds
    from livestream.fct_interactions group by all
) i using (activity_date, character_id);

create table livestream.agg_character_comparison as
select
    period, 'account' as account_id, 'account' as character_account_id, 'ada' as character_id,
    'account' as other_account_id, 'bob' as other_character_id, min(activity_date) as first_date,
    max(activity_date) as last_date, count(*) as shared_date_count, count(*) as session_count,
    count(*) as other_session_count, count(*) < 5 as is_withheld,
    case when count(*) < 5 then 'fewer than 5 sessions' end as withheld_reason,
    case when count(*) >= 5 then 100::double end as viewer_average,
    case when count(*) >= 5 then 90::double end as other_viewer_average,
    case when count(*) >= 5 then 1::double end as response_mean_seconds,
    case when count(*) >= 5 then 2::double end as other_response_mean_seconds,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from livestream.agg_characters_daily, (values ('last_7_days'), ('last_30_days'), ('all_time')) p(period)
where character_id = 'ada' group by period;

create table livestream.dim_characters as
select
    account_id, character_id, min(started_at) as first_started_at, max(started_at) as last_started_at,
    max(last_seen_at) as last_seen_at, count(*) as session_count, 0::bigint as live_session_count,
    sum(duration_seconds) as streamed_seconds, sum(hours_watched) as hours_watched, max(viewer_peak) as viewer_peak,
    sum(interaction_count)::bigint as interaction_count, sum(super_chat_count)::bigint as super_chat_count,
    sum(converted_amount)::decimal(38, 6) as converted_amount, 'EUR' as converted_currency, 1::bigint as batch_id,
    max(loaded_at) as loaded_at
from livestream.fct_stream_sessions group by all;
