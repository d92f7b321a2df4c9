"""Five-hour usage blocks, by walking the requests in their order of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingestion.simulator.writers import write_parquet

BLOCK = timedelta(hours=5)


def start_blocks(times: list[datetime]) -> list[datetime]:
    """Give the start of the block of each time (UTC, ascending): the hour of the block's first record.

    A new block begins when more than five hours have passed since the block's start or since the last record.
    """
    starts: list[datetime] = []
    for position, time in enumerate(times):
        if position == 0 or time - starts[-1] > BLOCK or time - times[position - 1] > BLOCK:
            starts.append(time.replace(minute=0, second=0, microsecond=0))
        else:
            starts.append(starts[-1])
    return starts


def write_usage_blocks(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write conversations.agg_usage_blocks; give its rows by mart."""
    times = [
        time
        for (time,) in connection.execute(
            "select distinct requested_at from truth_requests order by requested_at"
        ).fetchall()
    ]
    connection.execute("create table blocks (requested_at timestamp, started_at timestamp)")
    if times:
        connection.executemany("insert into blocks values (?, ?)", list(zip(times, start_blocks(times), strict=True)))
    query = """
        select
            started_at,
            started_at + interval 5 hours as ends_at,
            min(requested_at) as first_request_at,
            max(requested_at) as last_request_at,
            count(*) as request_count,
            count(distinct conversation_id) as conversation_count,
            sum(input_tokens)::bigint as input_tokens,
            sum(output_tokens)::bigint as output_tokens,
            sum(cache_write_5m_tokens)::bigint as cache_write_5m_tokens,
            sum(cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
            sum(cache_read_tokens)::bigint as cache_read_tokens,
            sum(total_tokens)::bigint as total_tokens,
            sum(cost_usd)::decimal(38, 12) as cost_usd
        from truth_requests
        inner join blocks using (requested_at)
        group by started_at
        order by all
    """
    write_parquet(connection, query, folder / "conversations.agg_usage_blocks.parquet")
    return {"conversations.agg_usage_blocks": len(set(start_blocks(times)))}
