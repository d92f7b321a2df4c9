-- Broken and blank lines of a file: about one in 500, and each kind at least once. reason_code NULL: a blank line.
create or replace temp table broken as
with
    numbered as (
        select n, draw(hash(getvariable('seed'), getvariable('day'), n, 'broken')) as h
        from
            range(
                greatest(
                    (select count(*) from broken_lines),
                    (getvariable('end_event') - getvariable('first_event')) // 500
                ) + 2
            ) as numbers (n)
    ),
    timed as (
        select n, getvariable('day_started_at') + to_seconds(h % 86400) as arrived_at
        from numbered
    )
select
    timed.n,
    broken_lines.reason_code,
    timed.arrived_at,
    case
        when broken_lines.number is null then case when timed.n % 2 = 0 then '' else '   ' end
        else
            replace(
                replace(broken_lines.pattern, '<time>', strftime(timed.arrived_at, '%Y-%m-%dT%H:%M:%SZ')),
                '<number>',
                (getvariable('day')::bigint * 10000000 + timed.n + 1)::varchar
            )
    end as line
from timed
left join broken_lines on broken_lines.number = timed.n % (select count(*) + 2 from broken_lines)
order by timed.n
;
