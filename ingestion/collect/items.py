"""A raw table of a platform's items: which field becomes which column, and when an item is rejected.

The SELECT over collected lines is made from the declaration. An item is rejected where a required field is missing or
a field has another type than declared, so that no value of a platform can make a load fail. Fields that are neither
read nor known to be useless stay in the column `extra`, as the text of a JSON object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ingestion.collect.collection import collected_root
from ingestion.collect.resource import ENVELOPE
from ingestion.schema import ResourceSpec

Kind = Literal["id", "text", "count", "number", "flag", "moment", "list", "duration"]

_TYPES: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "count": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "moment": "TIMESTAMP",
    "list": "VARCHAR",
    "duration": "BIGINT",
}
_MEANINGS: dict[Kind, str] = {
    "id": "a string without control characters",
    "text": "a string",
    "count": "a whole number below 10^12",
    "number": "a number",
    "flag": "true or false",
    "moment": "a string",
    "list": "an array",
    "duration": "a duration such as 3h8m33s",
}


@dataclass(frozen=True)
class Field:
    """One field of an item. An empty `id` and an empty, not required `moment` are NULL; a `duration` is in seconds."""

    name: str
    kind: Kind = "text"
    is_required: bool = False


def collected_items(
    source: str,
    name: str,
    columns: Mapping[str, Field],
    *,
    unused: tuple[str, ...] = (),
    account_field: str | None = None,
    waiver: str | None = None,
) -> ResourceSpec:
    """raw_<source>.<name>: the envelope's columns, `columns`, then `extra`.

    Args:
        unused: fields of the platform that are not worth a column; without them, they would lie in `extra`.
        account_field: the id field that names an item's account, whomever the collection asked for.
        waiver: a flag field; where it is true only the first column is required.
    """
    kinds = {column: _TYPES[field.kind] for column, field in columns.items()}
    return ResourceSpec(
        name=name,
        columns={**ENVELOPE, **kinds, "extra": "VARCHAR"},
        extract_sql=_extract(columns, unused, account_field, waiver),
        roots=collected_root(source, name),
    )


def _extract(
    columns: Mapping[str, Field], unused: tuple[str, ...], account_field: str | None, waiver: str | None
) -> str:
    fields = list(columns.values())
    known = ", ".join(f"'{name}'" for name in (*(field.name for field in fields), *unused))
    shape = ",".join(f'"{field.name}":"JSON"' for field in fields)
    account = "json_extract_string(e.account_id, '$')"
    if account_field:
        account = f"coalesce({_value(Field(account_field, 'id'))}, {account})"
    values = ",\n    ".join(f'{_value(field)} as "{column}"' for column, field in columns.items())
    return f"""
with parsed as (
    select file_id, file, line_number, line, coalesce(problem, json_object_problem(line)) as problem
    from lines
),
opened as (
    select *, json_transform(
        case when problem is null then line end,
        '{{"collection_id":"JSON","account_id":"JSON","collected_at":"JSON","item":"JSON"}}'
    ) as e
    from parsed
),
fields as (
    select
        *,
        case when starts_with(e.item::varchar, '{{') then e.item::varchar end as body,
        json_transform(body, '{{{shape}}}') as j,
        parse_timestamp(json_extract_string(e.collected_at, '$')) as collected_at
    from opened
),
judged as (
    select
        *,
        case
            when problem is not null then null
            when absent(e.collection_id) then 'collection_id'
            when absent(e.item) then 'item'
            when body is null then null
            {_first(_missing(fields, waiver))}
        end as missing_field,
        case
            when problem is not null then null
            when not_text(e.collection_id) then 'collection_id must be a string'
            when not_text(e.account_id) then 'account_id must be a string'
            when body is null then 'item must be an object'
            {_first(_mistyped(fields))}
        end as type_fault,
        not coalesce(possible(collected_at), false)
        {_moments(fields)} as has_wrong_time
    from fields
),
coded as (
    select *, case
        when problem is not null then problem
        when missing_field is not null then 'missing_field'
        when type_fault is not null then 'wrong_type'
        when has_wrong_time then 'invalid_timestamp'
    end as reason_code
    from judged
)
select
    file_id,
    file,
    line_number,
    reason_code,
    case reason_code
        when 'missing_field' then missing_field || ' is required'
        when 'wrong_type' then type_fault
        when 'invalid_timestamp' then timestamp_fault()
        else problem_text(reason_code)
    end as reason_text,
    case
        when reason_code is null or reason_code = 'blank' then null
        when problem is null then redact(line)
        else mask_text(line)
    end as raw_text,
    json_extract_string(e.collection_id, '$') as collection_id,
    {account} as account_id,
    collected_at,
    {values},
    case
        when reason_code is null and len(list_filter(json_keys(body), lambda k: k not in ({known}))) > 0
        then redact(json_merge_patch(body, json_object({_nulls(fields, unused)}))::varchar)
    end as extra
from coded"""


def _json(field: Field) -> str:
    return f'j."{field.name}"'


def _text(field: Field) -> str:
    return f"json_extract_string({_json(field)}, '$')"


def _value(field: Field) -> str:
    json, text = _json(field), _text(field)
    match field.kind:
        case "id":
            return f"nullif({text}, '')"
        case "text":
            return text
        case "list":
            return f"nullif({json}::varchar, 'null')"
        case "moment":
            return f"parse_timestamp({text})"
        case "duration":
            parts = (("h", 3600), ("m", 60), ("s", 1))
            return " + ".join(
                f"coalesce(try_cast(regexp_extract({text}, '(\\d+){unit}', 1) as bigint), 0) * {seconds}"
                for unit, seconds in parts
            ).join(("case when not absent(" + json + ") then ", " end"))
        case _:
            return f"try_cast({json}::varchar as {_TYPES[field.kind]})"


def _first(conditions: list[tuple[str, str]]) -> str:
    return "\n            ".join(f"when {condition} then '{result}'" for condition, result in conditions)


def _missing(fields: list[Field], waiver: str | None) -> list[tuple[str, str]]:
    found = []
    for number, field in enumerate(fields):
        if not field.is_required:
            continue
        condition = f"absent({_json(field)})"
        if field.kind == "id":
            condition = f"({condition} or {_json(field)}::varchar = '\"\"')"
        if waiver and number:
            condition += f" and coalesce({_json(Field(waiver))}::varchar, '') <> 'true'"
        found.append((condition, field.name))
    return found


def _mistyped(fields: list[Field]) -> list[tuple[str, str]]:
    return [(_fault(field), f"{field.name} must be {_MEANINGS[field.kind]}") for field in fields]


def _fault(field: Field) -> str:
    json = _json(field)
    match field.kind:
        case "id":
            return f"not absent({json}) and not regexp_full_match({json}::varchar, '\"[^\\\\[:cntrl:]]*\"')"
        case "text" | "moment":
            return f"not_text({json})"
        case "list":
            return f"not_array({json})"
        case "number":
            return f"not_finite({json})"
        case "flag":
            return f"not absent({json}) and {json}::varchar not in ('true', 'false')"
        case "count":
            return f"not_count({json})"
        case "duration":
            return (
                f"not absent({json})"
                f" and not regexp_full_match({json}::varchar, '\"(\\d{{1,6}}h)?(\\d{{1,6}}m)?(\\d{{1,6}}s)?\"')"
            )


def _moments(fields: list[Field]) -> str:
    return "\n        ".join(
        f"or not absent({_json(field)}) and {_text(field)} <> '' and not coalesce(possible({_value(field)}), false)"
        if not field.is_required
        else f"or not absent({_json(field)}) and not coalesce(possible({_value(field)}), false)"
        for field in fields
        if field.kind == "moment"
    )


def _nulls(fields: list[Field], unused: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}', null" for name in (*(field.name for field in fields), *unused))
