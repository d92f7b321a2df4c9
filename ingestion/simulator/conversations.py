"""Tracked conversation events, landed as files a day with repeats, late rows and broken lines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb

from ingestion.simulator.broken import TRACKED_BROKEN_LINES
from ingestion.simulator.parameters import Parameters
from ingestion.simulator.transcripts import set_conversation_variables
from ingestion.simulator.writers import (
    Tally,
    count,
    gzip_file,
    read_sql,
    write_json_array,
    write_lines,
    write_parquet,
)


class TrackedWriter:
    """Generates the tracked conversations into the scratch database and a landing folder."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Parameters, landing: Path) -> None:
        self.connection = connection
        self.parameters = parameters
        self.folder = landing / "conversations"
        self.tally = Tally()

    def write(self) -> None:
        """Write all files and leave the tables tracked_* for the truth."""
        set_conversation_variables(self.connection, self.parameters)
        self.connection.execute(read_sql("tracked.sql"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tally.rows = count(self.connection, "select count(*) from tracked_events")
        for day in range(self.parameters.days):
            self._write_day(day)

    def _write_day(self, day: int) -> None:
        # Lines that arrive a day late, and repeats on the day itself. The last day takes what is left.
        late = "draw(hash(getvariable('seed'), line)) % 50 = 0"
        last = day + 1 >= self.parameters.days
        here = f"(day = {day} and ({last} or not {late}) or day = {day - 1} and {late})"
        repeated = f"{here} and draw(hash(getvariable('seed'), line)) % 37 = 1"
        lines = count(self.connection, f"select count(*) from tracked_text where {here}")
        if lines == 0:
            return
        repeats = count(self.connection, f"select count(*) from tracked_text where {repeated}")
        path = self.folder / (self.parameters.first_date + timedelta(days=day)).strftime("%Y/%m/%d/events.jsonl")
        query = (
            f"select line from (select *, 0 as copy from tracked_text where {here}"
            f" union all select *, 1 from tracked_text where {repeated})"
            " order by copy, happened_at, rank, line"
        )
        if day % 5 == 4:
            rows = f"({query.replace('select line from', 'select * exclude (line) from')})"
            write_parquet(
                self.connection, read_sql("tracked_parquet.sql").replace("{rows}", rows), path.with_suffix(".parquet")
            )
        elif day % 5 == 3:
            write_json_array(self.connection, query, path.with_suffix(".json"))
        else:
            write_lines(self.connection, query, path)
            if day % 5 == 0:
                self._add_broken(path, day)
            if day % 5 == 2:
                gzip_file(path)
        self.tally.files += 1
        self.tally.lines += lines + repeats
        self.tally.repeats += repeats

    def _add_broken(self, path: Path, day: int) -> None:
        time = (self.parameters.first_date + timedelta(days=day)).isoformat() + "T12:00:00Z"
        with path.open("a", encoding="utf-8") as file:
            for number, (reason, pattern) in enumerate(TRACKED_BROKEN_LINES):
                file.write(pattern.replace("<time>", time).replace("<number>", str(day * 100 + number)) + "\n")
                self.tally.rejects[reason] += 1
            file.write("\n")
        self.tally.blank += 1
        self.tally.lines += len(TRACKED_BROKEN_LINES) + 1
