"""Claude Code transcripts below <claude>/projects, in all shapes that a client leaves behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingestion.simulator.broken import HALF_WRITTEN_TRANSCRIPT_LINE, TRANSCRIPT_BROKEN_LINES
from ingestion.simulator.parameters import Parameters
from ingestion.simulator.social import HOUR_WEIGHTS
from ingestion.simulator.topics import PARTS, PRICES, PROJECTS, TOPICS, UNPRICED_MODEL
from ingestion.simulator.writers import Tally, read_sql, set_variables

# People work on weekdays: how many of 11 draws fall on each weekday, Monday first.
WORKDAY_WEIGHTS = (2, 2, 2, 2, 2, 1, 1)


def set_conversation_variables(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """Set what tracked conversations and transcripts share."""
    set_variables(
        connection,
        seed=parameters.seed,
        days=parameters.days,
        first_day=datetime.combine(parameters.first_date, datetime.min.time()),
        conversations=parameters.conversations,
        conversation_days=[
            day
            for day in range(parameters.days)
            for _ in range(WORKDAY_WEIGHTS[(parameters.first_date + timedelta(days=day)).weekday()])
        ],
        hour_of=[hour for hour, weight in enumerate(HOUR_WEIGHTS) for _ in range(weight)],
        topics=[topic for topic, _, _ in TOPICS],
        prompts=[list(prompts) for _, prompts, _ in TOPICS],
        answers=[list(answers) for _, _, answers in TOPICS],
        parts=PARTS,
        projects=PROJECTS,
        models=list(PRICES),
        unpriced_model=UNPRICED_MODEL,
    )


class TranscriptWriter:
    """Generates the transcripts into the scratch database and a Claude configuration folder."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Parameters, claude: Path) -> None:
        self.connection = connection
        self.parameters = parameters
        self.folder = claude / "projects"
        self.tally = Tally()

    def write(self) -> None:
        """Write all files and leave the tables sessions, turns, requests and lines for the truth."""
        set_conversation_variables(self.connection, self.parameters)
        self.connection.execute(
            "create table prices (model varchar, input decimal(12, 6), output decimal(12, 6), "
            "cache_write_5m decimal(12, 6), cache_read decimal(12, 6))"
        )
        self.connection.executemany(
            "insert into prices values (?, ?, ?, ?, ?)", [(model, *rates) for model, rates in PRICES.items()]
        )
        self.connection.execute(read_sql("transcript_rows.sql"))
        self.connection.execute(read_sql("transcript_lines.sql"))
        self.folder.mkdir(parents=True, exist_ok=True)
        cursor = self.connection.execute(
            "select path, string_agg(line, chr(10) order by file_part, line_order), count(*) "
            "from transcript_files group by path order by path"
        )
        written: list[Path] = []
        while batch := cursor.fetchmany(500):
            for relative, text, lines in batch:
                path = self.folder / relative
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode() + b"\n")
                written.append(path)
                self.tally.files += 1
                self.tally.lines += lines
                self.tally.rows += lines
        if written:
            self._break_some(written)

    def _break_some(self, files: list[Path]) -> None:
        """Add broken and blank lines to one file, and a line that is still being written to another."""
        main = [path for path in files if not path.name.startswith("agent-")]
        with main[0].open("ab") as file:
            for reason, line in TRANSCRIPT_BROKEN_LINES:
                file.write(line.encode() + b"\n")
                self.tally.rejects[reason] += 1
            file.write(b"\n")
        self.tally.blank += 1
        with main[-1].open("ab") as file:
            file.write(HALF_WRITTEN_TRANSCRIPT_LINE.encode())
        self.tally.pending += 1
        empty = main[0].parent / "00000000-0000-4000-8000-000000000000.jsonl"
        empty.write_bytes(b"")
        self.tally.files += 1
        self.tally.lines += len(TRANSCRIPT_BROKEN_LINES) + 2
