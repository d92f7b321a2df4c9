"""A small warehouse that passes every check, made by SQL alone: 12 days, one load a day, reporting zone UTC.

Only what the checks look at has meaning here; the models' own arithmetic is tested elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
SCHEMAS = (
    *("raw_social", "raw_conversations", "raw_ops"),
    *("social", "conversations", "core", "ops"),
)


def build(path: Path, *, days: int = 12) -> None:
    """Write the warehouse to `path`; with 0 days all tables are there and empty."""
    # Small blocks: most columns hold a few rows, and each test copies the file.
    with duckdb.connect(str(path), config={"default_block_size": "16384"}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set variable days = {days}")
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema}")
        for script in sorted((FOLDER / "sql").glob("*.sql")):
            connection.execute(script.read_text())
