-- The exact answers of the social marts, from the generator's own rows and its own session numbers.
-- Each statement below a `-- mart:` line becomes truth/<name>.parquet.

-- events with their dwell, capped at 1800 s and at the session's last event where that lies after the view
create view social_dwell as
select
    social_events.*,
    case
        when view_duration_seconds is not null
        then
            least(
                view_duration_seconds,
                1800.0,
                case when ended_at > occurred_at then epoch(ended_at - occurred_at) else 1800.0 end
            )
    end as dwell_seconds
from social_events
left join (
    select session_number, max(occurred_at) as ended_at
    from social_events
    where session_number is not null
    group by session_number
) using (session_number)
;

-- mart: social.fct_events
-- event_id is NULL where the line had none (the mart has its hash there): compare those rows by the other columns
select
    event_id,
    event_type,
    user_id,
    session_id,
    occurred_at,
    reporting_date(occurred_at) as event_date,
    hour_start(occurred_at) as event_hour_at,
    schema_version,
    platform,
    case when event_type = 'view' then content_type end as content_type,
    case when event_type = 'view' then content_id end as content_id,
    view_duration_seconds,
    dwell_seconds,
    scroll_depth_ratio,
    referrer,
    action,
    case when event_type = 'engagement' then content_type end as target_type,
    case when event_type = 'engagement' then content_id end as target_id,
    product_id,
    order_id,
    amount,
    currency,
    quantity,
    payment_method,
    stream_id,
    event_id is not null as has_event_id
from social_dwell
order by all
;

-- mart: social.fct_sessions
-- first_event_id is left out: a line without an event id may be the first
select
    any_value(session_id) as session_id,
    any_value(user_id) as user_id,
    reporting_date(min(occurred_at)) as session_date,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    epoch(max(occurred_at) - min(occurred_at))::double as duration_seconds,
    count(*) as event_count,
    count(*) filter (event_type = 'view') as view_count,
    count(*) filter (event_type = 'engagement') as engagement_count,
    count(*) filter (event_type = 'purchase') as purchase_count,
    count(*) filter (event_type = 'stream') as stream_count,
    any_value(platform) as platform,
    bool_or(is_client_session) as is_client_session,
    -- a piece of a cut session is flagged if the other piece exists
    bool_or(is_cut) and any_value(other_pieces) > 1 as is_cut
from social_events
left join (
    select session_number // 8 as whole, count(distinct session_number) as other_pieces
    from social_events where is_cut group by 1
) on whole = session_number // 8
where session_number is not null
group by session_number
order by all
;

-- mart: social.agg_events_hourly
select
    hour_start(occurred_at) as hour_at,
    any_value(reporting_date(occurred_at)) as event_date,
    any_value(hour(local_time(occurred_at)))::bigint as hour_of_day,
    event_type,
    count(*) as event_count,
    count(distinct user_id) as user_count,
    count(distinct session_number) as session_count
from social_events
group by hour_at, event_type
order by all
;

-- mart: social.agg_events_daily
-- without late_event_count, which depends on the date of the load
select
    reporting_date(occurred_at) as event_date,
    event_type,
    count(*) as event_count,
    count(distinct user_id) as user_count,
    count(distinct session_number) as session_count
from social_events
group by all
order by all
;

-- mart: social.agg_activity_daily
with first_dates as (
    select user_id, min(reporting_date(occurred_at)) as first_date from social_events where user_id is not null group by all
)
select
    reporting_date(occurred_at) as event_date,
    count(*) as event_count,
    count(distinct user_id) as user_count,
    count(distinct session_number) as session_count,
    count(distinct user_id) filter (first_date = reporting_date(occurred_at)) as new_user_count
from social_events
left join first_dates using (user_id)
group by event_date
order by all
;

-- mart: social.agg_events_period
with periods as (
    select 'hour' as timeframe, hour_start(occurred_at) as period_started_at, reporting_date(occurred_at) as period_date, *
    from social_events
    union all by name
    select unit as timeframe, utc_of(date_trunc(unit, local_time(occurred_at))) as period_started_at,
        date_trunc(unit, local_time(occurred_at))::date as period_date, social_events.*
    from social_events, (values ('day'), ('week'), ('month')) as units (unit)
)
select
    timeframe,
    event_type,
    period_started_at,
    any_value(period_date) as period_date,
    count(*) as event_count,
    count(distinct user_id) as user_count,
    count(distinct session_number) as session_count
from periods
group by timeframe, event_type, period_started_at
order by all
;

-- mart: social.agg_revenue_daily
select
    reporting_date(occurred_at) as event_date,
    coalesce(currency, 'XXX') as currency,
    count(*) as purchase_count,
    count(distinct order_id) as order_count,
    sum(quantity)::bigint as item_count,
    sum(amount)::decimal(38, 6) as revenue_amount,
    count(distinct user_id) as buyer_count,
    (sum(amount)::double / nullif(count(distinct order_id) filter (where amount is not null), 0))::decimal(38, 6)
        as average_order_amount
from social_events
where event_type = 'purchase'
group by all
order by all
;

-- mart: social.agg_content_daily
select
    reporting_date(occurred_at) as event_date,
    content_type,
    content_id,
    count(*) filter (event_type = 'view') as view_count,
    count(distinct user_id) filter (event_type = 'view') as viewer_count,
    sum(dwell_seconds)::double as dwell_seconds,
    sum(view_duration_seconds)::double as dwell_raw_seconds,
    count(view_duration_seconds) as dwell_view_count,
    count(*) filter (event_type = 'engagement') as engagement_count,
    count(distinct user_id) filter (event_type = 'engagement') as engaged_user_count,
    min(occurred_at) as first_event_at,
    max(occurred_at) as last_event_at,
    count(*) filter (event_type = 'engagement')
    / nullif(count(*) filter (event_type = 'view'), 0)::double as engagement_per_view
from social_dwell
where content_id is not null
group by all
order by all
;

-- mart: social.dim_users
select
    user_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    any_value(platform) as first_platform,
    count(*) as event_count,
    count(distinct session_number) as session_count,
    count(*) filter (event_type = 'purchase') as purchase_count,
    count(distinct reporting_date(occurred_at)) as active_day_count
from social_events
where user_id is not null
group by user_id
order by all
;

-- mart: social.dim_content
select
    content_type,
    content_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(*) filter (event_type = 'view') as view_count,
    count(*) filter (event_type = 'engagement') as engagement_count
from social_events
where content_id is not null
group by all
order by all
;

-- mart: social.agg_schema_versions_daily
with days as (select reporting_date(occurred_at) as event_date, count(*) as all_events from social_events group by 1)
select
    event_date,
    -- a client that names no version speaks the first one
    coalesce(schema_version, '1.0.0') as schema_version,
    count(*) as event_count,
    count(distinct user_id) as user_count,
    count(*) / any_value(all_events)::double as event_share_ratio
from social_events
inner join days on days.event_date = reporting_date(occurred_at)
group by all
order by all
;

-- mart: social.analytics_aggregations
select timeframe, event_type, period_started_at as timestamp, event_count as count
from "social.agg_events_period"
order by all
;
