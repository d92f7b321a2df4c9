"""Files that chat archivers would have written of simulated streams, for the landing folder."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion.simulator.writers import write_json_array, write_lines

_SQL = Path(__file__).parent / "youtube_archives.sql"


def write_archives(connection: duckdb.DuckDBPyConnection, landing: Path) -> int:
    """Write landing/youtube/ of an attached world; gives the number of lines. Tables of the work stay temporary."""
    connection.execute(_SQL.read_text(encoding="utf-8"))
    written = 0
    for table, order in (
        ("page_lines", "published_at, message_id, place"),
        ("downloader_lines", "published_at, message_id"),
    ):
        counts = connection.execute(f"select video_id, count(*) from {table} group by 1 order by 1").fetchall()
        for video_id, lines in counts:
            # Ids of simulated videos are hexadecimal digits.
            query = f"select line from {table} where video_id = '{video_id}' order by {order}"
            if table == "page_lines":
                write_lines(connection, query, landing / "youtube" / f"A stream [{video_id}].live_chat.json")
            else:
                write_json_array(connection, query, landing / "youtube" / f"{video_id}.json")
            written += lines
    return written
