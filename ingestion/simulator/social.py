"""Social events: clean rows in chunks of a day, landed as files with repeats, lateness and broken lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd
from pathlib import Path

import duckdb

from ingestion.simulator.broken import HALF_WRITTEN_EVENT, INVALID_UTF8_LINE, SOCIAL_BROKEN_LINES
from ingestion.simulator.parameters import Parameters
from ingestion.simulator.writers import (
    Tally,
    count,
    gzip_file,
    read_sql,
    set_variables,
    write_json_array,
    write_lines,
    write_parquet,
)

BLOCK = 64  # events; the shapes below add up to it
# (events, what): a block's nine sessions. social_rows.sql knows the slots by number.
SLOTS = (
    (1, "a single event"),
    (4, "short; at times all events at one moment; at times a device shared by two people"),
    (8, "usual; at times a device shared by two people"),
    (20, "long; at times over 4 days, to be cut"),
    (10, "without session id: visits of 6 and 4 events, at least 1801 s apart"),
    (5, "anonymous, with session id"),
    (12, "usual; at times the person signs in at the third event"),
    (3, "without session id; at times exactly 1800 s between events"),
    (1, "neither person nor session"),
)
CHUNK_EVENTS = 200_000
WEEKDAY_WEIGHTS = (10, 10, 11, 11, 12, 15, 14)  # Monday first
# 100 draws: how often a session starts in each hour (UTC)
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 5, 5, 5, 5, 6, 7, 8, 8, 7, 4, 3)
ODD_USER_IDS = [
    "<script>alert(1)</script>",
    "o'brien'); drop table users;--",
    'the "quoted" one',
    "semi;colon",
    "=1+1",
    "ünïcode 用户",
    "../../etc/passwd",
    "{{ 7*7 }}",
]
PLATFORMS = ["ios", "android", "web", "web", "ios", None, "android", "smart-tv"]
USER_AGENTS = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X)",
    "Mozilla/5.0 (Linux; Android 14)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0)",
    "SocialApp/4.2 (canary-agent)",
]


@dataclass(frozen=True)
class Chunk:
    """Events first..end-1 of a day (0 is the first simulated day), to be landed as one file of a format."""

    day: int
    part: int
    first_event: int
    end_event: int
    format: str


def plan_days(parameters: Parameters, extra_day: int | None = None) -> Iterator[tuple[int, list[Chunk]]]:
    """Give each day's chunks; the days' events follow the weekly rhythm and add up to parameters.events.

    With extra_day, give only that one day behind the simulated time, with 1 % of the events.
    """
    if extra_day is not None:
        yield extra_day, _cut_day(extra_day, max(1, parameters.events // 100), parameters.formats)
        return
    weights = [
        WEEKDAY_WEIGHTS[(parameters.first_date + timedelta(days=day)).weekday()] for day in range(parameters.days)
    ]
    total, passed, done = sum(weights), 0, 0
    for day, weight in enumerate(weights):
        passed += weight
        upto = parameters.events * passed // total
        yield day, _cut_day(day, upto - done, parameters.formats)
        done = upto


def _cut_day(day: int, events: int, formats: str) -> list[Chunk]:
    parts = max(4, -(-events // CHUNK_EVENTS))
    size = -(-events // parts // BLOCK) * BLOCK or BLOCK
    chunks = []
    for part in range(parts):
        first, end = min(part * size, events), min((part + 1) * size, events)
        if part + 1 == parts:
            end = events
        if end > first or part == 0:
            chunks.append(Chunk(day, part, first, end, _format_of(day, part, formats)))
    return chunks


def _format_of(day: int, part: int, formats: str) -> str:
    if formats == "jsonl" or part % 4 == 0:
        return "jsonl"
    if part % 4 == 1:
        return "jsonl.gz" if day % 2 == 0 else "jsonl"
    if day % 4 != 0:
        return "jsonl"
    return "parquet" if part % 4 == 2 else "json"


class SocialWriter:
    """Generates the social source into a scratch database and a landing folder."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        parameters: Parameters,
        landing: Path,
        *,
        keep_rows: bool,
        extra_day: int | None = None,
    ) -> None:
        self.connection = connection
        self.parameters = parameters
        self.folder = landing / "social"
        self.keep_rows = keep_rows
        self.extra_day = extra_day
        self.tally = Tally()
        # an extra night is a day behind the last one
        self.last_day = parameters.days - 1 if extra_day is None else extra_day

    def prepare(self) -> None:
        """Create the scratch tables and set what all chunks share."""
        parameters = self.parameters
        largest_day = max(chunks[-1].end_event for _, chunks in plan_days(parameters) if chunks)
        # every second person may have visits without a session id on a day: two for each block of events
        users = 2 * max(40, largest_day // 32 + 8, parameters.events // 50)
        step = 7919
        while gcd(step, users // 2) != 1:
            step += 2
        set_variables(
            self.connection,
            seed=parameters.seed,
            days=self.last_day + 1,
            first_day=datetime.combine(parameters.first_date, datetime.min.time()),
            users=users,
            user_step=step,
            contents=max(40, parameters.events // 400),
            slot_of=[slot for slot, (size, _) in enumerate(SLOTS) for _ in range(size)],
            position_of=[position for size, _ in SLOTS for position in range(size)],
            hour_of=[hour for hour, weight in enumerate(HOUR_WEIGHTS) for _ in range(weight)],
            odd_user_ids=ODD_USER_IDS,
            platform_of=PLATFORMS,
            user_agents=USER_AGENTS,
        )
        self.connection.execute(
            "create table later (arrival_day bigint, arrived_at timestamp, is_repeat boolean, line varchar)"
        )
        self.connection.execute("create table broken_lines (number bigint, reason_code varchar, pattern varchar)")
        self.connection.executemany(
            "insert into broken_lines values (?, ?, ?)",
            [(number, *broken) for number, broken in enumerate(SOCIAL_BROKEN_LINES)],
        )

    def write(self) -> Iterator[int]:
        """Write all days; gives the number of clean events so far after each day."""
        done = 0
        for day, chunks in plan_days(self.parameters, self.extra_day):
            for chunk in chunks:
                self._write_chunk(chunk)
                done += chunk.end_event - chunk.first_event
            self._write_late_file(day)
            yield done
        if self.extra_day is None:
            self._write_odd_files()

    def _day_folder(self, day: int) -> Path:
        return self.folder / (self.parameters.first_date + timedelta(days=day)).strftime("%Y/%m/%d")

    def _write_chunk(self, chunk: Chunk) -> None:
        started = datetime.combine(self.parameters.first_date, datetime.min.time()) + timedelta(days=chunk.day)
        set_variables(
            self.connection,
            day=chunk.day,
            day_started_at=started,
            first_event=chunk.first_event,
            end_event=chunk.end_event,
            format=chunk.format,
            # adoption of 1.1.0: from 20 % to 90 % of sessions over the simulated time
            share_of_1_1=20 + 70 * chunk.day // max(1, self.last_day),
            user_shift=chunk.day * 104729,
        )
        self.connection.execute(read_sql("social_rows.sql"))
        self.connection.execute(read_sql("social_lines.sql"))
        self._keep(chunk)
        self._send_later(chunk.day)
        path = self._day_folder(chunk.day) / f"part-{chunk.part:03d}.jsonl"
        if chunk.format == "parquet":
            self._write_parquet_chunk(path.with_suffix(".parquet"))
            return
        query = self._landed_lines(with_broken=chunk.part == 0)
        if chunk.format == "json":
            write_json_array(self.connection, query, path.with_suffix(".json"))
        else:
            write_lines(self.connection, query, path)
            if chunk.format == "jsonl.gz":
                gzip_file(path)
        self.tally.files += 1

    def _keep(self, chunk: Chunk) -> None:
        self.tally.rows += chunk.end_event - chunk.first_event
        table, query = ("social_events", _KEPT_ROWS) if self.keep_rows else ("social_totals", _TOTALS)
        self.connection.execute(f"create table if not exists {table} as {query} limit 0")
        self.connection.execute(f"insert into {table} {query}")

    def _send_later(self, day: int) -> None:
        self.connection.execute(
            f"""
            insert into later
            select arrival_day, arrived_at, false, head || tail from chunk_lines where arrival_day > {day}
            union all
            select arrival_day + 1, arrived_at + interval 1 day, true, head || tail
            from chunk_lines where repeat_kind = 'next_day' and arrival_day < {self.last_day}
            order by all
            """
        )

    def _landed_lines(self, *, with_broken: bool) -> str:
        """Give the query of this chunk's file: events as they arrive, with repeats and broken lines."""
        day = count(self.connection, "select getvariable('day')")
        here = f"arrival_day = {day}"
        broken = ""
        if with_broken:
            self.connection.execute(read_sql("social_broken.sql"))
            broken = "union all select arrived_at, 1, line from broken"
            self.tally.blank += count(self.connection, "select count(*) from broken where reason_code is null")
            for reason, lines in self.connection.execute(
                "select reason_code, count(*) from broken where reason_code is not null group by all"
            ).fetchall():
                self.tally.rejects[reason] += lines
            self.tally.lines += count(self.connection, "select count(*) from broken")
        changed = f"from chunk_lines where repeat_kind = 'changed' and event_id is not null and {here}"
        same = f"from chunk_lines where repeat_kind = 'same_file' and {here}"
        changed_lines = count(self.connection, f"select count(*) {changed}")
        self.tally.changed_repeats += changed_lines
        repeats = changed_lines + count(self.connection, f"select count(*) {same}")
        self.tally.repeats += repeats
        self.tally.lines += repeats + count(self.connection, f"select count(*) from chunk_lines where {here}")
        return f"""
            select line from (
                select arrived_at, 0 as rank, head || tail as line from chunk_lines where {here}
                union all select arrived_at + interval 5 minutes, 2, head || tail {same}
                union all
                -- the same event again with other words, later in the same file: the first must win
                select arrived_at + interval 6 hours, 3, head || replace(replace(replace(tail,
                    '"contentId":"', '"contentId":"changed-'), '"amount":', '"amount":9'),
                    '"streamId":"', '"streamId":"changed-') {changed}
                {broken}
            ) order by arrived_at, rank, line
        """

    def _write_parquet_chunk(self, path: Path) -> None:
        day = count(self.connection, "select getvariable('day')")
        here = f"arrival_day = {day}"
        same = f"repeat_kind = 'same_file' and {here}"
        repeats = count(self.connection, f"select count(*) from chunk where {same}")
        self.tally.repeats += repeats
        self.tally.lines += repeats + count(self.connection, f"select count(*) from chunk where {here}")
        query = read_sql("social_parquet.sql")
        write_parquet(self.connection, query.replace("{here}", here).replace("{same}", same), path)
        self.tally.files += 1

    def _write_late_file(self, day: int) -> None:
        """Land what arrives on this day from earlier days' events."""
        where = f"from later where arrival_day = {day}"
        lines = count(self.connection, f"select count(*) {where}")
        if lines == 0:
            return
        write_lines(
            self.connection,
            f"select line {where} order by arrived_at, is_repeat, line",
            self._day_folder(day) / "late" / "late-000.jsonl",
        )
        self.tally.files += 1
        self.tally.lines += lines
        self.tally.repeats += count(self.connection, f"select count(*) {where} and is_repeat")
        self.connection.execute(f"delete {where}")

    def _write_odd_files(self) -> None:
        """Write the small files that only bytes can make: invalid UTF-8, CRLF line ends, a byte order mark,
        nothing at all, half a line. Their good lines repeat events of the last chunk: they add no rows."""
        good = [
            str(line).encode()
            for (line,) in self.connection.execute(
                "select head || tail as line from chunk_lines where event_id is not null order by 1 limit 50"
            ).fetchall()
        ]
        folder = self._day_folder(self.last_day) / "devices" / "gate"
        folder.mkdir(parents=True, exist_ok=True)
        bad = [INVALID_UTF8_LINE % number for number in range(3)]
        mixed = [*good[:10], bad[0], *good[10:20], bad[1], b"", bad[2]]
        (folder / "invalid-bytes.jsonl").write_bytes(b"\n".join(mixed) + b"\n")
        (folder / "crlf.jsonl").write_bytes(b"".join(line + b"\r\n" for line in good[20:40]))
        (folder / "byte-order-mark.jsonl").write_bytes(b"\xef\xbb\xbf" + b"".join(line + b"\n" for line in good[40:50]))
        (folder / "empty.jsonl").write_bytes(b"")
        half = [*good[:1], HALF_WRITTEN_EVENT.encode()]
        (folder / "growing.jsonl").write_bytes(b"\n".join(half))
        repeats = len(good[:20]) + len(good[20:50]) + len(good[:1])
        self.tally.files += 5
        self.tally.repeats += repeats
        self.tally.rejects["invalid_utf8"] += len(bad)
        self.tally.blank += 1
        self.tally.pending += 1
        self.tally.lines += repeats + len(bad) + 2


_KEPT_ROWS = "select * exclude (event_number, event_hash, arrival_day, arrived_at, repeat_kind) from chunk"
_TOTALS = (
    "select reporting_date(occurred_at) as event_date, event_type, count(*) as event_count from chunk group by all"
)
