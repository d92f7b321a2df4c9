"""What the collector of Twitch remembers between runs: who is who, what was asked when, which clips it knows.

The rows themselves are in the warehouse, which a collector must not open: another process may be writing it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

# (age in days up to, days until the views of a clip are read again); afterwards the last distance.
_DISTANCES = ((7, 1), (30, 3), (90, 7), (365, 30))
_LAST_DISTANCE = 90
# A clip that is gone is asked for once more, a day later, before it is given up.
_LOOKUPS_OF_GONE = 2
_GAME_DAYS = 30

_SCHEMA = """
create table if not exists accounts (name text primary key, account_id text not null);
create index if not exists accounts_by_id on accounts (account_id);
create table if not exists done (
    resource text not null, account_id text not null, done_on integer not null, primary key (resource, account_id)
) without rowid;
create table if not exists clips (
    clip_id text primary key, account_id text not null, created_on integer not null,
    next_on integer, gone_count integer not null default 0
) without rowid;
create index if not exists clips_due on clips (account_id, next_on);
create table if not exists games (game_id text primary key, asked_on integer not null) without rowid;
"""


class State:
    """An SQLite file; days are UTC dates. What is marked is kept by `commit`, which comes after the items' own file.

    A day in the future, from a time when the machine's clock was wrong, is not believed: what it says was done is due.

    Raises:
        sqlite3.DatabaseError: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level="DEFERRED")
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            if (found := self._db.execute("pragma quick_check(1)").fetchone()) != ("ok",):
                raise sqlite3.DatabaseError(str(found))
            self._db.executescript(_SCHEMA)
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.rollback()
        self._db.close()

    def commit(self) -> None:
        self._db.commit()

    def forget(self) -> None:
        """Take nothing for done; who is who and which clips there are stays true."""
        self._db.executescript("delete from done; delete from games; update clips set next_on = 0, gone_count = 0")

    def account_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Account id by configured login, of those that were found once: a renamed channel is still the same."""
        known = dict(self._db.execute("select name, account_id from accounts").fetchall())
        return {name: known[name] for name in names if name in known}

    def remember_account(self, name: str, account_id: str) -> None:
        self._db.execute("insert or replace into accounts values (?, ?)", (name, account_id))

    def names_of(self, account_id: str) -> list[str]:
        """Logins under which an account was found."""
        rows = self._db.execute("select name from accounts where account_id = ?", (account_id,)).fetchall()
        return [name for (name,) in rows]

    def due(self, resource: str, account_ids: Iterable[str], today: date) -> list[str]:
        """Accounts whose resource was not collected today."""
        found = self._db.execute(
            "select account_id from done where resource = ? and done_on = ?", (resource, today.toordinal())
        ).fetchall()
        done = {row[0] for row in found}
        return [one for one in account_ids if one not in done]

    def last_done(self, resource: str, account_id: str, today: date) -> date | None:
        """When a resource was last collected; None for never, and where that cannot be known."""
        row = self._db.execute(
            "select done_on from done where resource = ? and account_id = ? and done_on <= ?",
            (resource, account_id, today.toordinal()),
        ).fetchone()
        return date.fromordinal(row[0]) if row else None

    def mark_done(self, resource: str, account_ids: Iterable[str], today: date) -> None:
        self._db.executemany(
            "insert or replace into done values (?, ?, ?)",
            [(resource, account_id, today.toordinal()) for account_id in account_ids],
        )

    def saw_clips(self, account_id: str, clips: Iterable[tuple[str, datetime]], today: date) -> None:
        """Clips that were there, as (id, created): read again when their age asks for it."""
        self._db.executemany(
            """insert into clips values (?, ?, ?, ?, 0)
            on conflict (clip_id) do update set next_on = excluded.next_on, gone_count = 0""",
            [
                (clip_id, account_id, created.toordinal(), (today + _distance(today - created.date())).toordinal())
                for clip_id, created in clips
            ],
        )

    def missed_clips(self, clip_ids: Iterable[str], today: date) -> None:
        """Clips that a lookup by id did not find."""
        self._db.executemany(
            """update clips set gone_count = gone_count + 1,
            next_on = case when gone_count + 1 < ? then ? end where clip_id = ?""",
            [(_LOOKUPS_OF_GONE, today.toordinal() + 1, clip_id) for clip_id in clip_ids],
        )

    def clips_due(self, account_id: str, today: date, seen: Collection[str]) -> list[str]:
        """Known clips of an account that are to be read again, without those just `seen`."""
        rows = self._db.execute(
            "select clip_id from clips where account_id = ? and next_on not between ? and ? order by clip_id",
            (account_id, today.toordinal() + 1, today.toordinal() + _LAST_DISTANCE),
        ).fetchall()
        return [clip_id for (clip_id,) in rows if clip_id not in seen]

    def games_due(self, game_ids: Iterable[str], today: date) -> list[str]:
        """Games whose names were not asked for of late, each once."""
        days = (today.toordinal() - _GAME_DAYS + 1, today.toordinal())
        known = {row[0] for row in self._db.execute("select game_id from games where asked_on between ? and ?", days)}
        return sorted(set(game_ids) - known)

    def asked_games(self, game_ids: Iterable[str], today: date) -> None:
        self._db.executemany(
            "insert or replace into games values (?, ?)", [(game_id, today.toordinal()) for game_id in game_ids]
        )


def _distance(age: timedelta) -> timedelta:
    return timedelta(days=next((days for limit, days in _DISTANCES if age.days < limit), _LAST_DISTANCE))
