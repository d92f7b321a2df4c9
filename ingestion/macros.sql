-- Shared by the extracts of all sources; runs once in the connection that reads lines.
-- Casting text to TIMESTAMP ignores an offset, so only texts that end in Z take that short way.
create macro extended_timestamp(t) as regexp_replace(
    regexp_replace(
        regexp_replace(
            replace(t, ',', '.'), '^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d)', '\1-\2-\3T\4:\5'
        ),
        '^(.{16}):?(\d\d)', '\1:\2'
    ),
    '^(.{16})([Z+ -].*)$', '\1:00\2'
);
create macro parse_timestamp(t) as case
    when ends_with(t, 'Z') and strlen(t) in (20, 24) and t[11] = 'T' then try_cast(t as timestamp)
    when
        regexp_full_match(
            upper(t), '\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)'
        )
    then timezone('UTC', try_cast(extended_timestamp(upper(t)) as timestamptz))
end;
create macro possible(ts) as
    ts between timestamp '2000-01-01' and timestamp '2099-12-31 23:59:59.999999';
create macro timestamp_fault() as
    'timestamp must be ISO 8601 with a zone (Z or an offset), from 2000 to 2099';
-- NULL and absent are the same: a field that a version does not have.
-- The arguments are JSON texts, whose first character tells the type.
create macro absent(t) as t is null or t::varchar = 'null';
create macro not_text(t) as not absent(t) and not starts_with(t::varchar, '"');
create macro not_object(t) as not absent(t) and not starts_with(t::varchar, '{');
create macro not_array(t) as not absent(t) and not starts_with(t::varchar, '[');
create macro is_number(t) as ascii(t::varchar) between 48 and 57 or ascii(t::varchar) = 45;
create macro not_finite(t) as
    not absent(t) and not (is_number(t) and coalesce(isfinite(try_cast(t::varchar as double)), false));
create macro not_decimal(t) as
    not absent(t) and not (is_number(t) and try_cast(t::varchar as decimal(18, 6)) is not null);
-- Each test runs only on the lines that reach it: trim and the strict parser are slow.
create macro json_object_problem(t) as case
    when not json_valid(t) then case when trim(t, e' \t\r\n') = '' then 'blank' else 'invalid_json' end
    when json_type(t) <> 'OBJECT' then 'not_an_object'
    when contains(t, 'NaN') or contains(t, 'nfinity') then case when not is_strict_json(t) then 'invalid_json' end
end;
create macro problem_text(p) as case p
    when 'invalid_json' then 'the line is no JSON'
    when 'not_an_object' then 'the line is JSON, but no object'
    when 'invalid_utf8' then 'the line holds bytes that are not UTF-8'
    when 'incomplete_line' then 'the file ends in the middle of this line'
    when 'line_too_long' then 'the line is longer than 256 MiB'
    when 'blank' then 'the line is empty'
    else p
end;
