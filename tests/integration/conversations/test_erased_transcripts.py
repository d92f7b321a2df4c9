"""The block of docs/runbook.md that erases a person's transcripts, run as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ingestion.engine import connect
from tests.integration.conversations.conftest import ROOT, Warehouse

LINE = (
    '{{"type":"user","uuid":"{name}","sessionId":"s","timestamp":"2026-03-01T10:00:00Z",'
    '"message":{{"role":"user","content":"canary of {name}"}}}}\n{{"broken canary of {name}\n'
)


def test_of_an_erased_person_neither_text_nor_path_stays_and_others_keep_theirs(tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        path = tmp_path / name / "projects" / f"-home-{name}-work" / "notes.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(LINE.format(name=name))
    warehouse = Warehouse(
        tmp_path / "warehouse", [tmp_path / "ann", tmp_path / "bob"], tmp_path / "landing", tmp_path, text="keep"
    )
    warehouse.load()
    assert held(warehouse, "ann") == held(warehouse, "bob") != set()

    (block,) = (part for part in (ROOT / "docs/runbook.md").read_text().split("<<'END'\n") if "FOLDER =" in part)
    script = block.partition("END\n")[0].replace("~/.claude", str(tmp_path / "ann"))
    env = {**os.environ, **warehouse.variables, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"1 files of {tmp_path / 'ann'}\n"), done.stderr

    # The id of the line is in the transcript alone.
    assert held(warehouse, "ann") == {("transcript_lines", "uuid")}
    assert held(warehouse, "bob") > {("transcript_lines", "text"), ("rejects", "raw_text"), ("files", "file")}


def held(warehouse: Warehouse, name: str) -> set[tuple[str, str]]:
    """Columns of the raw tables in which the name stands, by table."""
    with connect(warehouse.settings, warehouse.path, read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'raw_conversations' and data_type = 'VARCHAR'"
        ).fetchall()
        return {
            (table, column)
            for table, column in columns
            if connection.execute(
                f'select 1 from raw_conversations."{table}" where contains("{column}", ?)', [name]
            ).fetchone()
        }
