create table core.dim_dates as
select
    unnest(generate_series(first_date, last_date, interval 1 day))::date as "date", 24::bigint as hours_in_day,
    "date"::timestamp as started_at, "date"::timestamp + interval 1 day as ended_at
from (
    select min(event_date) - 2 as first_date, max(event_date) + 2 as last_date from social.fct_events
);

create table core.dim_hours as
select
    started_at + to_hours(h::int) as hour_at, "date", h::bigint as hour_of_day, false as is_repeated_hour
from core.dim_dates, range(24) t(h);

create table raw_ops.check_results (
    run_id varchar, tool varchar, suite varchar, check_name varchar, table_name varchar, severity varchar,
    status varchar, observed varchar, expected varchar, checked_at timestamp
);
