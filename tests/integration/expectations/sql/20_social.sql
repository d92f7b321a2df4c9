create table social.fct_events as
select
    e.event_id, e.event_type, e.user_id, md5(e.user_id || e.session_id) as session_key, e.session_id,
    e."timestamp" as occurred_at, e."timestamp"::date as event_date,
    date_trunc('hour', e."timestamp") as event_hour_at, e.schema_version, e.platform, e.user_agent_hash,
    e.ip_address_hash,
    e.data ->> '$.contentType' as content_type, e.data ->> '$.contentId' as content_id,
    case when e.event_type = 'view' then 12.5::double end as view_duration_seconds,
    case when e.event_type = 'view' then 12.5::double end as dwell_seconds,
    case when e.event_type = 'view' then 0.4::double end as scroll_depth_ratio,
    null::varchar as referrer, null::varchar as action, null::varchar as target_type, null::varchar as target_id,
    'p' as product_id, 'order-' || e.event_id as order_id,
    case when e.event_type = 'purchase' then 19.99::decimal(18, 6) end as amount,
    case when e.event_type = 'purchase' then 'EUR' end as currency,
    case when e.event_type = 'purchase' then 1::decimal(18, 6) end as quantity,
    'card' as payment_method, null::varchar as conversion_path, null::varchar as stream_id,
    e."timestamp"::date < l.inserted_at::date as is_late, e.has_event_id, e.data, 1::bigint as batch_id,
    l.inserted_at::timestamp as loaded_at
from raw_social.events e
join raw_social._dlt_loads l on l.load_id = e._dlt_load_id
where l.status = 0
qualify row_number() over (partition by e.event_id order by l.inserted_at, e.line_number) = 1;

create table social.fct_sessions as
select
    session_key, any_value(session_id) as session_id, any_value(user_id) as user_id, min(event_date) as session_date,
    min(occurred_at) as started_at, max(occurred_at) as ended_at,
    date_diff('microsecond', min(occurred_at), max(occurred_at)) / 1e6 as duration_seconds,
    count(*) as event_count, count(*) filter (where event_type = 'view') as view_count,
    count(*) filter (where event_type = 'engagement') as engagement_count,
    count(*) filter (where event_type = 'purchase') as purchase_count,
    count(*) filter (where event_type = 'stream') as stream_count,
    'ios' as platform, true as is_client_session, false as is_cut, min(event_id) as first_event_id,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events
group by session_key;

create table social.agg_events_hourly as
select
    event_hour_at as hour_at, event_date, hour(event_hour_at) as hour_of_day, event_type, count(*) as event_count,
    count(distinct user_id) as user_count, count(distinct session_key) as session_count,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events group by all;

create table social.agg_events_daily as
select
    event_date, event_type, count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count, count(*) filter (where is_late) as late_event_count,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events group by all;

create table social.dim_users as
select
    user_id, min(occurred_at) as first_seen_at, max(occurred_at) as last_seen_at, 'ios' as first_platform,
    count(*) as event_count, count(distinct session_key) as session_count,
    count(*) filter (where event_type = 'purchase') as purchase_count, count(distinct event_date) as active_day_count,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events where user_id is not null group by user_id;

create table social.agg_activity_daily as
select
    e.event_date, count(*) as event_count, count(distinct e.user_id) as user_count,
    count(distinct e.session_key) as session_count,
    count(distinct e.user_id) filter (where u.first_seen_at::date = e.event_date) as new_user_count,
    1::bigint as batch_id, max(e.loaded_at) as loaded_at
from social.fct_events e join social.dim_users u using (user_id) group by all;

create table social.agg_events_period as
select
    timeframe, event_type, date_trunc(timeframe, occurred_at)::timestamp as period_started_at,
    date_trunc(timeframe, occurred_at)::date as period_date, count(*) as event_count,
    count(distinct user_id) as user_count, count(distinct session_key) as session_count,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events, (values ('hour'), ('day'), ('week'), ('month')) v(timeframe)
group by all;

create table social.agg_revenue_daily as
select
    event_date, currency, count(*) as purchase_count, count(distinct order_id) as order_count,
    sum(quantity)::decimal(38, 6) as item_count, sum(amount)::decimal(38, 6) as revenue_amount,
    count(distinct user_id) as buyer_count,
    (sum(amount) / count(distinct order_id))::decimal(38, 6) as average_order_amount,
    1::bigint as batch_id, max(loaded_at) as loaded_at
from social.fct_events where event_type = 'purchase' group by all;

create table social.agg_content_daily as
select
    *, engagement_count / nullif(view_count, 0)::double as engagement_per_view,
    1::bigint as batch_id, now()::timestamp as loaded_at
from (
    select
        event_date, content_type, content_id, count(*) filter (where event_type = 'view') as view_count,
        count(distinct user_id) filter (where event_type = 'view') as viewer_count,
        coalesce(sum(dwell_seconds), 0)::double as dwell_seconds,
        coalesce(sum(view_duration_seconds), 0)::double as dwell_raw_seconds,
        count(view_duration_seconds) as dwell_view_count,
        count(*) filter (where event_type = 'engagement') as engagement_count,
        count(distinct user_id) filter (where event_type = 'engagement') as engaged_user_count
    from social.fct_events where content_id is not null group by all
);

create table social.dim_content as
select
    md5(content_id) as content_key, content_type, content_id, min(event_date)::timestamp as first_seen_at,
    max(event_date)::timestamp as last_seen_at, sum(view_count)::bigint as view_count,
    sum(engagement_count)::bigint as engagement_count, 1::bigint as batch_id, max(loaded_at) as loaded_at
from social.agg_content_daily group by all;

create table social.agg_schema_versions_daily as
select
    *, event_count / sum(event_count) over (partition by event_date) as event_share_ratio,
    1::bigint as batch_id, now()::timestamp as loaded_at
from (
    select
        event_date, coalesce(schema_version, '1.0.0') as schema_version, count(*) as event_count,
        count(distinct user_id) as user_count
    from social.fct_events group by all
);

create table social.analytics_aggregations as
select
    md5(timeframe || event_type || period_started_at) as id, timeframe, event_type, period_started_at as "timestamp",
    event_count as "count", json_object('user_count', user_count)::varchar as metadata
from social.agg_events_period;
