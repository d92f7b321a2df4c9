-- The calendar over the dates of all events, in the reporting zone.
create table truth_dates as
with seen as (
    select reporting_date(occurred_at) as date from social_events
    union
    select reporting_date(happened_at) from truth_activity
    union
    select activity_date from "livestream.agg_characters_daily"
    union
    select activity_date from "channels.agg_channels_daily"
    union
    select period_date from "clips.agg_engagement_timeline" where period_type = 'day'
)
select days::date as date from generate_series((select min(date) from seen), (select max(date) from seen), interval 1 day) as series (days)
;

-- mart: core.dim_dates
select
    date,
    utc_of(date::timestamp) as started_at,
    utc_of((date + 1)::timestamp) as ended_at,
    (epoch(utc_of((date + 1)::timestamp) - utc_of(date::timestamp)) / 3600)::double as hours_in_day,
    isodow(date)::bigint as iso_weekday,
    weekofyear(date)::bigint as iso_week,
    isoyear(date)::bigint as iso_year
from truth_dates
order by all
;

-- mart: core.dim_hours
with
    quarters as (
        select unnest(generate_series(
            utc_of(date::timestamp), utc_of((date + 1)::timestamp) - interval 15 minutes, interval 15 minutes
        )) as moment
        from truth_dates
    ),
    hours as (select distinct hour_start(moment) as hour_at from quarters)
select
    hour_at,
    reporting_date(hour_at) as date,
    hour(local_time(hour_at))::bigint as hour_of_day,
    count(*) over (partition by date_trunc('hour', local_time(hour_at))) > 1 as is_repeated_hour
from hours
order by all
;
