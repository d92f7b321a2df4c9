-- One row a state of a collection, as the collector wrote it.
with parsed as (
    select file_id, file, line_number, line, coalesce(problem, json_object_problem(line)) as problem
    from lines
),
fields as (
    select
        *,
        json_transform(
            case when problem is null then line end,
            '{"collection_id":"JSON","resource":"JSON","account_id":"JSON","status":"JSON","started_at":"JSON",'
            || '"ended_at":"JSON","requests":"JSON","retries":"JSON","rows":"JSON","points":"JSON","error":"JSON",'
            || '"recorded_at":"JSON"}'
        ) as j
    from parsed
),
judged as (
    select
        *,
        json_extract_string(j.status, '$') as status,
        parse_timestamp(json_extract_string(j.started_at, '$')) as started_at,
        parse_timestamp(json_extract_string(j.ended_at, '$')) as ended_at,
        parse_timestamp(json_extract_string(j.recorded_at, '$')) as recorded_at,
        case
            when problem is not null then problem
            when
                absent(j.collection_id) or absent(j.resource) or absent(j.status) or absent(j.started_at)
                or absent(j.recorded_at)
            then 'missing_field'
            when
                not_text(j.collection_id) or not_text(j.resource) or not_text(j.account_id) or not_text(j.error)
                or status not in ('running', 'succeeded', 'partial', 'failed')
                or list_bool_or(
                    list_transform(
                        [j.requests, j.retries, j.rows, j.points],
                        lambda n: not regexp_full_match(coalesce(n::varchar, ''), '\d{1,15}')
                    )
                )
            then 'wrong_type'
            when
                not coalesce(possible(started_at) and possible(recorded_at), false)
                or not absent(j.ended_at) and not coalesce(possible(ended_at), false)
            then 'invalid_timestamp'
        end as reason_code
    from fields
)
select
    file_id,
    file,
    line_number,
    reason_code,
    case reason_code
        when 'missing_field' then 'collection_id, resource, status, started_at and recorded_at are required'
        when 'wrong_type' then 'ids, resource and error must be strings, counts whole numbers, status a known one'
        when 'invalid_timestamp' then timestamp_fault()
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    json_extract_string(j.collection_id, '$') as collection_id,
    json_extract_string(j.resource, '$') as resource,
    json_extract_string(j.account_id, '$') as account_id,
    status,
    started_at,
    ended_at,
    try_cast(j.requests::varchar as bigint) as requests,
    try_cast(j.retries::varchar as bigint) as retries,
    try_cast(j.rows::varchar as bigint) as "rows",
    try_cast(j.points::varchar as bigint) as points,
    json_extract_string(j.error, '$') as error,
    recorded_at
from judged
