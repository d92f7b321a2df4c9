"""What belongs to which account in the simulated world, and a search for it in an account's files.

Whose something is comes from the world and the simulator's truth, not from the published column account_id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.simulator import SimulatedInput
from ingestion.simulator.platforms.world import attach_world
from ingestion.sql import literal

# What an account, its channels and characters are called.
_NAMED = """
    select account_id, unnest([account_id, login, display_name]) as text from world.channels
    union all select account_id, unnest([account_id, character_id]) from {sessions}
    union all
        select s.account_id, unnest([v.channel_id, v.live_chat_id]) from {sessions} as s
        join world.youtube_videos as v using (video_id)
"""
# Its people, clips, streams, videos, messages and sessions.
_BELONGING = """
    select account_id, unnest([clip_id, creator_id, video_id]) as text from world.clips
    union all select c.account_id, r.name from world.clips as c join world.creators as r using (creator_id)
    union all select account_id, stream_id from world.streams
    union all select account_id, video_id from world.videos
    union all select c.account_id, message_id from world.discord_links join world.clips as c using (clip_id)
    union all select account_id, unnest([session_id, video_id]) from {sessions}
    union all select account_id, unnest([interaction_id, user_id]) from {interactions}
"""


@dataclass(frozen=True)
class Owned:
    """Texts of three characters or more by the account that they belong to: its names, and all of its texts."""

    names: dict[str, set[str]]
    texts: dict[str, set[str]]

    def foreign(self, of_accounts: dict[str, set[str]], account: str) -> set[str]:
        """What belongs to others only."""
        return set().union(*of_accounts.values()) - self.texts[account]


def owned_texts(simulated: SimulatedInput) -> Owned:
    """Whose everything in the simulation is."""
    truth = {
        name: f"read_parquet({literal(simulated.truth / f'livestream.fct_{mart}.parquet')})"
        for name, mart in (("sessions", "stream_sessions"), ("interactions", "interactions"))
    }
    found: dict[str, dict[str, set[str]]] = {}
    with duckdb.connect() as connection:
        attach_world(connection, simulated.world)
        for kind, query in (("names", _NAMED), ("texts", f"{_NAMED} union all {_BELONGING}")):
            rows = connection.execute(
                f"select account_id, list(distinct text) from ({query.format(**truth)}) where length(text) > 2 group by 1"
            )
            found[kind] = {account: set(texts) for account, texts in rows.fetchall()}
    return Owned(**found)


class Files:
    """Every text of an account's folder: values, names and comments of its database and exports, and raw bytes."""

    def __init__(self, folder: Path) -> None:
        texts = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
        self._content = b""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            self._content += path.read_bytes()
            if path.suffix == ".parquet":
                texts |= _texts_of_parquet(path)
            elif path.suffix != ".duckdb":
                texts.add(path.read_text(encoding="utf-8"))
        texts |= _texts_of_database(folder / "analytics.duckdb")
        self.text = "\n".join(texts)
        # Ids are not parts of other ids.
        self._words = set(re.findall(r"[\w-]+", self.text))

    def finds(self, text: str) -> bool:
        """Whether the folder holds `text`: as a word where it is one, anywhere where it is none."""
        return text in self._words if re.fullmatch(r"[\w-]+", text) else text in self.text

    def holds(self, text: str) -> bool:
        """Whether the bytes of a file hold `text`, and not as a part of a longer number."""
        # Most are not there at all, which is seen without a pattern.
        found = text.encode() in self._content
        return found and re.search(rb"(?<!\d)" + re.escape(text.encode()) + rb"(?!\d)", self._content) is not None


def _texts_of_database(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = set(_values(connection, "select sql, comment from duckdb_tables()"))
        found |= set(
            _values(connection, "select column_name, column_default, comment from duckdb_columns() where not internal")
        )
        found |= set(_values(connection, "select sql from duckdb_views() where not internal"))
        found |= set(_values(connection, "select macro_definition from duckdb_functions() where not internal"))
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            found |= set(_values(connection, f'from "{schema}"."{table}"'))
    return found


def _texts_of_parquet(path: Path) -> set[str]:
    with duckdb.connect() as connection:
        found = set(_values(connection, f"from read_parquet({literal(path)})"))
        found |= set(_values(connection, f"from parquet_kv_metadata({literal(path)})"))
        return found | set(
            _values(
                connection,
                f"select path_in_schema, stats_min_value, stats_max_value from parquet_metadata({literal(path)})",
            )
        )


def _values(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[str]:
    """All values of a query as text."""
    rows = connection.execute(f"select columns(*)::varchar from ({query})")
    while batch := rows.fetchmany(10_000):
        for row in batch:
            yield from (value for value in row if value is not None)
