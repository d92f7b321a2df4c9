"""Sessions of streaming characters and reference rates, landed as files with repeats, late rows and broken lines.

Does not belong here: what happens in a session (streams_rows.sql) and how it is written (streams_lines.sql).
"""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

import duckdb

from ingestion.simulator.broken import STREAM_BROKEN_LINES
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

_SAMPLES = "type = 'viewer_sample'"


class StreamWriter:
    """Generates the source `livestream` into the scratch database and a landing folder; needs an attached world."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Parameters, landing: Path) -> None:
        self.connection = connection
        self.parameters = parameters
        self.folder = landing / "livestream"
        self.tally = Tally()

    def write(self) -> None:
        """Write all files and leave the tables stream_* for the truth."""
        parameters = self.parameters
        set_variables(self.connection, stream_characters=min(40, max(6, parameters.events // 20_000)))
        self.connection.execute(read_sql("streams_rows.sql"))
        self.connection.execute(read_sql("streams_lines.sql"))
        tables = ("stream_lines", "stream_documents")
        self.tally.rows = sum(count(self.connection, f"select count(*) from {table}") for table in tables)
        first = count(self.connection, "select least(min(arrival_day), 0) from stream_lines")
        for day in range(first, parameters.days):
            self._write_day(day)

    def _write_day(self, day: int) -> None:
        folder = self.folder / (self.parameters.first_date + timedelta(days=day)).strftime("%Y/%m/%d")
        here = f"arrival_day = {day}"
        # Samples of some days come as Parquet, with data as JSON text.
        in_parquet = self.parameters.formats == "mixed" and day % 5 == 2
        if in_parquet:
            samples = f"{here} and {_SAMPLES}"
            body = 'regexp_extract(head, \'"data":(.*),"timestamp":$\', 1)'
            own_id = "nullif(regexp_extract(head, '\"\\$oid\":\"([0-9a-f]+)\"', 1), '')"
            self._write_parquet(
                samples, f"select {own_id} as _id, type, {body} as data, happened_at as timestamp", folder
            )
            here += f" and not {_SAMPLES}"
        # A repeat is the same event in another wrapping.
        repeated = f"{here} and f % 37 = 1"
        lines = count(self.connection, f"select count(*) from stream_lines where {here}")
        repeats = count(self.connection, f"select count(*) from stream_lines where {repeated}")
        if lines:
            line = "head || wrapped(happened_at, style + {}) || '}}' as line, f from stream_lines where {}"
            both = f"select {line.format(0, here)} union all select {line.format(1, repeated)}"
            query = f"select line from ({both}) order by f, line"
            path = folder / "events.jsonl"
            write_lines(self.connection, query, path)
            if day % 4 == 1:
                self._add_broken(path, day)
            if self.parameters.formats == "mixed" and day % 3 == 0:
                gzip_file(path)
            self._count(lines + repeats, repeats)
        self._write_documents(day, folder)

    def _write_parquet(self, where: str, select: str, folder: Path) -> None:
        lines = count(self.connection, f"select count(*) from stream_lines where {where}")
        if lines:
            query = f"{select} from stream_lines where {where} order by happened_at, head"
            write_parquet(self.connection, query, folder / "samples.parquet")
            self._count(lines, 0)

    def _write_documents(self, day: int, folder: Path) -> None:
        query = f"select line from stream_documents where arrival_day = {day} order by line"
        lines = count(self.connection, f"select count(*) from ({query})")
        if not lines:
            return
        if self.parameters.formats == "mixed" and day % 2 == 0:
            write_json_array(self.connection, query, folder / "sessions.json")
            self._count(lines, 0)
        else:
            # The whole collection of the day is exported twice.
            for name in ("sessions.jsonl", "sessions-again.jsonl"):
                order = "" if name == "sessions.jsonl" else " desc"
                write_lines(self.connection, query + order, folder / name)
                self._count(lines, 0 if not order else lines)

    def _count(self, lines: int, repeats: int) -> None:
        self.tally.files += 1
        self.tally.lines += lines
        self.tally.repeats += repeats

    def _add_broken(self, path: Path, day: int) -> None:
        time = (self.parameters.first_date + timedelta(days=day)).isoformat() + "T12:00:00Z"
        with path.open("a", encoding="utf-8") as file:
            for number, (reason, pattern) in enumerate(STREAM_BROKEN_LINES):
                file.write(pattern.replace("<time>", time).replace("<number>", str(day * 100 + number)) + "\n")
                self.tally.rejects[reason] += 1
            file.write("\n")
        self.tally.blank += 1
        self.tally.lines += len(STREAM_BROKEN_LINES) + 1


def write_rates(connection: duckdb.DuckDBPyConnection, landing: Path) -> Tally:
    """Write landing/fx/: invented rates of weekdays in the ECB's layout, older ones in a zip that overlaps."""
    connection.execute(read_sql("rates.sql"))
    folder = landing / "fx"
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally(files=2, rows=count(connection, "select count(*) from simulated_rates"))
    header = "Date," + ",".join(
        name for (name,) in connection.execute("select currency from rate_currencies order by place").fetchall()
    )
    parts = {}
    for name, where in (("simulated-rates.csv", "day >= -3"), ("simulated-rates-older.zip", "day < 2")):
        found = connection.execute(f"select line from simulated_rates where {where} order by rate_date desc").fetchall()
        parts[name] = "".join(f"{line}\n" for line in [f"{header},", *(line for (line,) in found)])
        tally.lines += len(found)
    tally.repeats = tally.lines - tally.rows
    # One line that lost a field.
    parts["simulated-rates.csv"] += "1999-01-04,1.0\n"
    tally.lines += 1
    tally.rejects["wrong_column_count"] += 1
    (folder / "simulated-rates.csv").write_text(parts["simulated-rates.csv"], encoding="utf-8")
    with zipfile.ZipFile(folder / "simulated-rates-older.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        # A fixed time, so that bytes repeat.
        packed.writestr(zipfile.ZipInfo("simulated-rates-older.csv"), parts["simulated-rates-older.zip"])
    return tally
