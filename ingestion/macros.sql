-- Shared by the extracts of all sources; runs once in the connection that reads lines.
-- Casting text to TIMESTAMP ignores an offset, so only texts that end in Z take that short way.
create macro extended_timestamp(t) as regexp_replace(
    regexp_replace(
        regexp_replace(
            regexp_replace(replace(t, ',', '.'), '\s+([+Z-])', '\1'), '^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d)', '\1-\2-\3T\4:\5'
        ),
        '^(.{16}):?(\d\d)', '\1:\2'
    ),
    '^(.{16})([Z+ -].*)$', '\1:00\2'
);
-- The forms that most writers use go the short ways.
create macro parse_timestamp(t) as case
    when ends_with(t, 'Z') and strlen(t) in (20, 24) and instr(t, 'T') = 11 and not contains(t, ',')
    then try_cast(t as timestamp)
    when regexp_full_match(t, '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:[0-5]\d')
    then timezone('UTC', try_cast(t as timestamptz))
    when
        regexp_full_match(
            upper(t), '\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?\s*(Z|UTC|[+-]\d\d(:?[0-5]\d)?)'
        )
    then timezone('UTC', try_cast(extended_timestamp(upper(t)) as timestamptz))
end;
create macro possible(ts) as
    ts between timestamp '2000-01-01' and timestamp '2099-12-31 23:59:59.999999';
create macro timestamp_fault() as
    'timestamp must be ISO 8601 with a zone (Z or an offset), from 2000 to 2099';
-- What stands behind it where files may be Parquet.
create macro or_in_parquet() as '; in Parquet, a timestamp column will do';
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
create macro is_text(t) as starts_with(t::varchar, '"');
create macro is_text_or_absent(t) as coalesce(starts_with(t::varchar, '"'), true);
create macro is_finite(t) as is_number(t) and isfinite(try_cast(t::varchar as double));
create macro is_decimal(t) as is_number(t) and try_cast(t::varchar as decimal(18, 6)) is not null;
-- Relays in other languages write whole numbers as 12.0. The bound keeps sums inside 64 bits, though millions of rows
-- were at it; no request comes near it.
create macro is_token_count(t) as
    regexp_full_match(t, '\d{1,13}(\.0+)?') and coalesce(try_cast(t as bigint) <= 1000000000000, false);
-- DuckDB's parser takes NaN, inf and Infinity for numbers, in any case. In a text such a word is none.
create macro holds_nan(t) as case
    when not contains(lower(t), 'nan') and not contains(lower(t), 'inf') then false
    when regexp_matches(t, '[:,\[\s-](?i:nan|inf(?:inity)?)\s*[,\]}]')
    then regexp_matches(regexp_replace(t, '"(?:[^"\\]|\\.)*"', '', 'g'), '(?i:nan|inf)')
    else false
end;
-- Each test runs only on the lines that reach it: trim and json_type are slow.
create macro json_object_problem(t) as case
    when not json_valid(t) then case when trim(t, e' \t\r\n') = '' then 'blank' else 'invalid_json' end
    when case when starts_with(t, '{') then false else json_type(t) <> 'OBJECT' end then 'not_an_object'
    when holds_nan(t) then 'invalid_json'
end;
-- Where a name is given twice, nobody can say which value holds.
create macro repeated_name(t) as
    case when len(json_keys(t)) <> len(list_distinct(json_keys(t))) then 'duplicate_key' end;
-- No coalesce: DuckDB would read the names of lines that are no JSON as well, as it finds them in here twice.
create macro unambiguous_object_problem(t) as
    case when json_object_problem(t) is not null then json_object_problem(t) else repeated_name(t) end;
create macro event_problem(t) as case
    when unambiguous_object_problem(t) is not null then unambiguous_object_problem(t)
    else repeated_name(json_extract(t, '$.data'))
end;
create macro problem_text(p) as case p
    when 'invalid_json' then 'the line is no JSON (an object stands on one line; in a .json file it may take several)'
    when 'not_an_object' then 'the line is JSON, but no object (an array of objects is read from a .json file)'
    when 'duplicate_key' then 'duplicate_key: a property name is given twice'
    when 'invalid_utf8' then 'the line holds bytes that are not UTF-8'
    when 'incomplete_line' then 'the file ends in the middle of this line'
    when 'line_too_long' then 'the line is longer than 256 MiB'
    when 'blank' then 'the line is empty'
    when 'wrong_column_count' then 'the record does not have as many fields as the header'
    else p
end;
-- What is to be changed in a line that does not say which event it is, '' where nobody can tell: it is given other names,
-- or is an export that holds a list of events.
create macro without_type(line, name) as case
    when
        list_bool_or(
            list_transform(
                json_keys(line),
                lambda k: lower(replace(k, '_', '')) = lower(name) and k not in (name, 'event_type')
            )
        )
    then ', spelled so (capital letters count)'
    when
        list_contains(json_type(line, ['$.events', '$.data', '$.records', '$.rows', '$.items']), 'ARRAY')
        and json_type(line, '$.timestamp') is null
    then ' (an object that holds a list of events is read from a .json file)'
    else ''
end;
-- A moment as an export of a document store writes it, given as JSON text: ISO 8601 with a zone, epoch milliseconds,
-- {"_seconds", "_nanoseconds"}, {"seconds", "nanoseconds" or "nanos"} or {"$date": one of the first two}. NULL for
-- anything else.
create macro epoch_moment(micros) as
    case when micros between 946684800000000 and 4102444799999999 then make_timestamp(micros::bigint) end;
create macro plain_moment(t) as case
    when starts_with(t::varchar, '"') then parse_timestamp(json_extract_string(t, '$'))
    when is_number(t) then epoch_moment((1000 * try_cast(t::varchar as decimal(18, 3))::decimal(30, 3))::hugeint)
end;
create macro seconds_moment(seconds, nanoseconds) as
    epoch_moment(
        case when regexp_full_match(seconds, '\d{1,10}') then seconds::bigint * 1000000 end
        + case when nanoseconds is null then 0 when regexp_full_match(nanoseconds, '\d{1,9}') then nanoseconds::bigint // 1000 end
    );
create macro parse_moment(t) as case
    when not starts_with(t::varchar, '{') then plain_moment(t)
    when contains(t::varchar, '"$date"') then plain_moment(json_extract(t, '$."$date"'))
    when contains(t::varchar, '"_seconds"') then seconds_moment(json_extract_string(t, '$._seconds'), json_extract_string(t, '$._nanoseconds'))
    else seconds_moment(
        json_extract_string(t, '$.seconds'),
        coalesce(json_extract_string(t, '$.nanoseconds'), json_extract_string(t, '$.nanos'))
    )
end;
-- Fields as Firestore's REST interface types them, {"n": {"integerValue": "5"}}, plain: {"n": 5}. Maps and lists are
-- unwrapped from the innermost outwards, 20 deep as the store allows; the braces of those that are done stand as
-- characters that JSON holds in no other place. `t` is written without blanks.
create macro typed_fields(t) as translate(
    list_reduce(
        repeat([''], 20),
        lambda text, step: regexp_replace(
            regexp_replace(
                text, '\{"arrayValue":\{(?:"values":\[((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\])?\}\}', '[\1]', 'g'
            ),
            '\{"mapValue":\{(?:"fields":\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\})?\}\}',
            chr(1) || '\1' || chr(2),
            'g'
        ),
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    t,
                    '\{"(?:string|timestamp|reference|bytes|boolean|double|null)Value":("(?:[^"\\]|\\.)*"|[^{}\[\]"]+)\}',
                    '\1',
                    'g'
                ),
                '\{"integerValue":"?(-?(?:0|[1-9]\d*))"?\}',
                '\1',
                'g'
            ),
            '\{"geoPointValue":\{([^{}]*)\}\}',
            chr(1) || '\1' || chr(2),
            'g'
        )
    ),
    chr(1) || chr(2),
    '{}'
);
-- Firestore's {"name": ".../documents/<collection>/<id>", "fields"} as an object with that _id; NULL for anything else.
create macro stored_document(t) as case
    when contains(t::varchar, '"fields"') and json_extract_string(t, '$.name') like 'projects/%/documents/%'
    then
        json_merge_patch(
            json_object('_id', regexp_extract(json_extract_string(t, '$.name'), '[^/]+$')),
            typed_fields(json_extract(t, '$.fields')::varchar)
        )::varchar
end;
-- A JSON line without the wrappers of document stores: of a document of Firestore (a query answers {"document": it}),
-- and {"$numberInt": "5"}, {"$oid": "..."} around values. A quote inside a JSON string is written \", so the patterns
-- meet wrappers only.
create macro unwrapped(t) as case
    when not contains(t, '"$') and not contains(t, '"fields"') then t
    else coalesce(
        stored_document(t),
        stored_document(json_extract(t, '$.document')),
        regexp_replace(
            regexp_replace(
                t,
                '\{\s*"\$number(?:Int|Long|Double|Decimal)"\s*:\s*"(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)"\s*\}',
                '\1',
                'g'
            ),
            '\{\s*"\$(?:oid|uuid)"\s*:\s*("[^"\\]*")\s*\}',
            '\1',
            'g'
        )
    )
end;
create macro text_of(t) as nullif(json_extract_string(t, '$'), '');
-- The bound keeps sums inside 64 bits, though millions of rows were at it.
create macro is_count(t) as regexp_full_match(t::varchar, '\d{1,12}(\.0+)?');
create macro not_count(t) as not absent(t) and not is_count(t);
create macro not_counts(t) as
    not absent(t)
    and not regexp_full_match(t::varchar, '\[(\s*(null|\d{1,12}(\.0+)?)\s*(,\s*(null|\d{1,12}(\.0+)?)\s*)*)?\]');
-- The bound keeps what is added to a moment inside the calendar.
create macro not_duration(t) as not_finite(t) or not absent(t) and abs(try_cast(t::varchar as double)) >= 1e10;
create macro not_durations(t) as
    not absent(t)
    and (
        not regexp_full_match(
            t::varchar,
            '\[(\s*(null|-?\d{1,15}(\.\d+)?([eE]-?\d{1,2})?)\s*(,\s*(null|-?\d{1,15}(\.\d+)?([eE]-?\d{1,2})?)\s*)*)?\]'
        )
        or coalesce(list_max(list_transform(json_transform(t, '["DOUBLE"]'), lambda one: abs(one))) >= 1e10, false)
    );
-- Text that programs write (error messages) without what must not be kept: credentials, queries of links, addresses,
-- long tokens, long numbers.
create macro mask_secrets(t) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            left(t, 4096),
                            '(?i)\b(bearer|basic|digest)\s+[^\s,;]+', '\1 [redacted]', 'g'
                        ),
                        '(?i)\b([a-z0-9_.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|key|auth|authorization|cookie|session|signature|credential))(["'']?\s*[=:]\s*)("[^"]*"|''[^'']*''|[^\s,;&]+)',
                        '\1\2[redacted]', 'g'
                    ),
                    '([a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^\s/@]+@)?([^\s?#]*)[?#][^\s]*', '\1\2?[redacted]', 'g'
                ),
                '[A-Za-z0-9._%+-]+(?::[^\s@/]+)?@[A-Za-z0-9.-]+', '[redacted]', 'g'
            ),
            '\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{0,4}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{1,4})*::[0-9A-Fa-f:]*', '[redacted]', 'g'
        ),
        '\b[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{19,}|\b[A-Za-z0-9_-]{19,}[0-9][A-Za-z0-9_-]*|\+?\d[\d ()-]{7,}\d', '[redacted]', 'g'
    );
-- Ids that a platform gives as decimal text, and counts of its answers; of a count that is none: NULL.
create macro not_snowflake(t) as not regexp_full_match(t::varchar, '"\d{1,20}"');
create macro whole_count(t) as case when is_count(t) then try_cast(t::varchar as bigint) end;
-- Whether a text is a code of ISO 4217 that people pay with.
create macro is_currency(t) as coalesce(
    regexp_full_match(
        t,
        'AED|AFN|ALL|AMD|ANG|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BGN|BHD|BIF|BMD|BND|BOB|BRL|BSD|BTN|BWP|BYN|BZD|CAD|CDF|CHF|'
        || 'CLP|CNY|COP|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|'
        || 'HRK|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|'
        || 'MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|'
        || 'PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SLL|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|TMT|TND|TOP|'
        || 'TRY|TTD|TWD|TZS|UAH|UGX|USD|UYU|UZS|VES|VND|VUV|WST|XAF|XCD|XCG|XOF|XPF|YER|ZAR|ZMW|ZWG'
    ),
    false
);
-- The text of a YouTube page's "runs", emoji by their names.
create macro runs_text(runs) as case
    when starts_with(runs::varchar, '[')
    then
        array_to_string(
            list_transform(
                json_extract(runs, '$[*]'),
                lambda r: coalesce(
                    json_extract_string(r, '$.text'), json_extract_string(r, '$.emoji.shortcuts[0]'),
                    json_extract_string(r, '$.emoji.emojiId'), ''
                )
            ),
            ''
        )
end;
-- An id for a note of a chat that has none of its own.
create macro made_message_id(file, line_number) as 'line-' || md5(file || ':' || line_number);
-- The fields of an app's event.
create macro event_fields(t) as json_transform(
    t,
    '{"eventId":"VARCHAR","eventType":"VARCHAR","userId":"VARCHAR","sessionId":"VARCHAR",'
    || '"timestamp":"VARCHAR","schemaVersion":"VARCHAR","platform":"VARCHAR","userAgent":"VARCHAR",'
    || '"ipAddress":"VARCHAR","data":"JSON"}'
);
-- A field by the name that comes first, else by the other one.
create macro either(t, name, other) as coalesce(json_extract(t, name), json_extract(t, other));
create macro object_of_text(t) as case
    when starts_with(t::varchar, '"') and json_valid(json_extract_string(t, '$')) then json_extract_string(t, '$')::json
    else t
end;
-- The row of a table of such events, under the names of their fields; data that a text holds as an object.
create macro event_of_row(t) as json_merge_patch(
    t,
    '{"event_id":null,"event_type":null,"user_id":null,"session_id":null,"schema_version":null,"user_agent":null,'
    || '"ip_address":null,"event_data":null}',
    json_object(
        'eventId', either(t, '$.eventId', '$.event_id'),
        'eventType', either(t, '$.eventType', '$.event_type'),
        'userId', either(t, '$.userId', '$.user_id'),
        'sessionId', either(t, '$.sessionId', '$.session_id'),
        'schemaVersion', either(t, '$.schemaVersion', '$.schema_version'),
        'userAgent', either(t, '$.userAgent', '$.user_agent'),
        'ipAddress', either(t, '$.ipAddress', '$.ip_address'),
        'data', object_of_text(either(t, '$.data', '$.event_data'))
    )
)::varchar;
