{%- set columns = [
    "collection_id",
    "resource",
    "account_id",
    "status",
    "started_at",
    "ended_at",
    "requests",
    "retries",
    "rows",
    "points",
    "error",
    "recorded_at",
    "_dlt_load_id",
] %}

select
    source,
    collection_id,
    resource,
    account_id,
    status,
    started_at,
    ended_at,
    requests as request_count,
    retries as retry_count,
    rows as row_count,
    points as point_count,
    error,
    recorded_at,
    _dlt_load_id as load_id
from ({{ union_sources("collections", columns, collected_sources()) }}) as collections
