-- Invented reference rates: units of a currency for one euro, weekdays only and not on one holiday, 40 dates before the
-- first simulated one and up to the last.
create table rate_currencies as
select * from (values (1, 'USD', 1.10), (2, 'JPY', 160.0), (3, 'GBP', 0.86), (4, 'CAD', 1.50), (5, 'KRW', 1480.0), (6, 'SEK', 11.2), (7, 'BRL', 6.1), (8, 'HRK', null))
    as t(place, currency, base);

create table simulated_rates_by_currency as
select
    day, (getvariable('first_day')::date + day::int) as rate_date, place, currency,
    round(base * (1 + (draw(hash(getvariable('seed'), 'rate', day, currency)) % 2000 - 1000) / 50000.0), 4)::decimal(18, 8) as per_euro
from range(-40, getvariable('days')) as r(day), rate_currencies
where isodow(getvariable('first_day')::date + day::int) < 6 and day <> 3;

create table simulated_rates as
select
    day, rate_date,
    rate_date || ',' || string_agg(coalesce(rtrim(rtrim(per_euro::varchar, '0'), '.'), 'N/A'), ',' order by place) || ',' as line
from simulated_rates_by_currency
group by day, rate_date;
