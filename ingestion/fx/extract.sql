-- One row a line of a rates file: the date and its rates, or why the line is rejected.
with parsed as (
    select file_id, file, line_number, line, coalesce(problem, json_object_problem(line)) as problem
    from lines
),
fields as (
    select
        *,
        -- A collected line wraps the record; a file's line is the record.
        case when problem is null then coalesce(json_extract(line, '$.item'), line::json) end as record,
        json_extract_string(record, '$.Date') as given_date,
        -- The file of a single day writes 02 January 2026.
        coalesce(strftime(try_strptime(given_date, '%d %B %Y'), '%Y-%m-%d'), given_date) as date_text,
        list_filter(json_keys(record), lambda name: name <> 'Date') as currencies
    from parsed
),
judged as (
    select
        *,
        case
            when problem is not null then problem
            when date_text is null then 'missing_field'
            when list_bool_or(list_transform(currencies, lambda name: not regexp_full_match(name, '[A-Z]{3}')))
            then 'wrong_type'
            when
                list_bool_or(
                    list_transform(
                        currencies,
                        lambda name: not regexp_full_match(
                            coalesce(json_extract_string(record, '$.' || name), 'N/A'),
                            'N/A|0*[1-9]\d{0,9}(\.\d+)?|0+\.\d*[1-9]\d*'
                        )
                    )
                )
            then 'wrong_type'
            when
                not regexp_full_match(date_text, '\d{4}-\d\d-\d\d')
                or not coalesce(try_cast(date_text as date) between date '1999-01-01' and date '2099-12-31', false)
            then 'invalid_timestamp'
        end as reason_code
    from fields
),
kept as (
    select
        *,
        case when reason_code is null then to_json(
            map_from_entries(
                list_transform(
                    list_filter(
                        list_sort(currencies),
                        lambda name: coalesce(json_extract_string(record, '$.' || name), 'N/A') <> 'N/A'
                    ),
                    lambda name: {'key': name, 'value': json_extract_string(record, '$.' || name)}
                )
            )
        )::varchar end as rates
    from judged
)
select
    file_id,
    file,
    line_number,
    reason_code,
    case reason_code
        when 'missing_field' then 'Date is required'
        when 'wrong_type' then 'columns must be ISO 4217 codes, rates numbers above 0 or N/A'
        when 'invalid_timestamp' then 'Date must be a date as YYYY-MM-DD, from 1999 to 2099'
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    case when reason_code is null then sha256(date_text || rates) end as rate_id,
    case when reason_code is null then date_text::date end as rate_date,
    rates
from kept
