-- a hash as a non-negative BIGINT, to be cut into draws by division and remainder
create macro draw(hashed) as (hashed >> 2)::bigint;
-- Times in the reporting zone, from getvariable('reporting_timezone'). occurred_at and its like are UTC timestamps.
create macro local_time(utc) as timezone(getvariable('reporting_timezone'), timezone('UTC', utc));
create macro reporting_date(utc) as local_time(utc)::date;
create macro utc_of(local) as timezone('UTC', timezone(getvariable('reporting_timezone'), local));
-- the UTC instant at which the reporting zone's hour began: right in half-hour zones and on days of 23 or 25 hours
create macro hour_start(utc) as utc - (local_time(utc) - date_trunc('hour', local_time(utc)));
-- 32 hexadecimal digits in the form of a UUID
create macro uuid_text(digits) as concat_ws('-', digits[1:8], digits[9:12], digits[13:16], digits[17:20], digits[21:32]);
-- the mean of seconds that are whole milliseconds: a sum of doubles would depend on the order of its rows
create macro exact_mean(seconds) as
    sum(round(seconds * 1000)::bigint)::double / nullif(count(seconds), 0) / 1000;
