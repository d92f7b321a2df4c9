"""An SQL prompt on the published database, read-only. `make sql` opens it; statements may also come by a pipe."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `python scripts/sql.py` looks for imports beside itself only.
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402

from ingestion.settings import Settings, SettingsError  # noqa: E402
from reports.database import open_published  # noqa: E402

HELP = """\
Statements end with a semicolon and may go over several lines.
.tables [part]    tables, with their rows and meaning; part: only names that contain it
.schema [table]   columns of a table, or of all
.reload           open the newest publication
.help             this list
.quit             leave (or Ctrl-D); Ctrl-C drops a line or stops a query"""
_ROWS = 40
_PIPED_ROWS = 100_000
_PIPED_WIDTH = 10_000
# What a semicolon does not count in; what has no end yet swallows the rest.
_QUOTED = re.compile(
    r"""'(?:[^']|'')*(?:'|\Z)|"(?:[^"]|"")*(?:"|\Z)|(\$\w*\$).*?(?:\1|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.S
)
_TABLES = """
select schema_name || '.' || table_name as "table", estimated_size as "rows", comment as meaning
from duckdb_tables()
where database_name = current_database() and contains("table", $part)
order by all
"""
_SCHEMA = """
select schema_name || '.' || table_name as "table", column_name as "column", data_type as type, comment as meaning
from duckdb_columns()
where database_name = current_database() and $part in ('', table_name, schema_name || '.' || table_name)
order by schema_name, table_name, column_index
"""
_NAMES = """
select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()
union
select column_name from duckdb_columns() where database_name = current_database()
"""


def is_complete(text: str) -> bool:
    """Whether `text` ends a statement: its last character outside of quotes and comments is a semicolon."""
    return _QUOTED.sub(lambda found: " " if found[0][:2] in ("--", "/*") else "x", text).rstrip().endswith(";")


class Prompt:
    """Runs statements and dot commands on the published file and prints their results."""

    def __init__(self, settings: Settings, *, is_interactive: bool) -> None:
        self._settings = settings
        self._is_interactive = is_interactive
        self._opened: int | None = None
        self._connection: duckdb.DuckDBPyConnection

    @contextmanager
    def open(self) -> Iterator[None]:
        settings = self._settings
        with open_published(
            settings.published_path,
            memory_limit=settings.duckdb_memory_limit,
            threads=settings.duckdb_threads,
        ) as self._connection:
            self._opened = self._inode()
            yield

    def has_newer(self) -> bool:
        """Whether a newer publication took the place of the file that is open; says so once."""
        found = self._inode()
        is_newer = found not in (None, self._opened)
        if is_newer:
            self._opened = found
        return is_newer

    def _inode(self) -> int | None:
        with suppress(OSError):
            return self._settings.published_path.stat().st_ino
        return None

    def names(self) -> list[str]:
        """Tables and columns, for completion."""
        return [name for (name,) in self._connection.execute(_NAMES).fetchall()]

    def command(self, text: str) -> bool:
        """A dot command other than .quit and .reload; False when it failed."""
        name, _, part = text.strip().partition(" ")
        if name == ".tables":
            self._show(self._connection.sql(_TABLES, params={"part": part.strip()}))
        elif name == ".schema":
            self._show(self._connection.sql(_SCHEMA, params={"part": part.strip()}))
        elif name == ".help":
            print(HELP)
        else:
            print(f"There is no {name}; .help lists the commands.", file=sys.stderr)
            return False
        return True

    def run(self, text: str) -> bool:
        """Run all statements in `text` up to the first that fails; False when one did."""
        try:
            for statement in duckdb.extract_statements(text):
                if statement.type == duckdb.StatementType.EXPLAIN:
                    for _, plan in self._connection.execute(statement).fetchall():
                        print(plan)
                else:
                    relation = self._connection.sql(statement)
                    if relation is not None:
                        self._show(relation)
        except (duckdb.Error, RuntimeError, KeyboardInterrupt) as error:
            print("Stopped." if isinstance(error, KeyboardInterrupt) else error, file=sys.stderr)
            return False
        return True

    def _show(self, relation: duckdb.DuckDBPyRelation) -> None:
        if self._is_interactive:
            relation.show(max_width=shutil.get_terminal_size((120, 40)).columns, max_rows=_ROWS)
        else:
            relation.show(max_width=_PIPED_WIDTH, max_rows=_PIPED_ROWS)


def main() -> int:
    """Exit code: 0 done, 1 a statement of a pipe failed or nothing is published, 2 a setting cannot be used."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    is_interactive = sys.stdin.isatty()
    # Frames and values that the terminal's encoding does not know are escaped.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    prompt = Prompt(settings, is_interactive=is_interactive)
    try:
        if is_interactive:
            _talk(settings, prompt)
            return 0
        with prompt.open():
            return 0 if _read(prompt, sys.stdin.read()) else 1
    except FileNotFoundError:
        print(f"Nothing is published at {settings.published_path} yet: run `make run` first.", file=sys.stderr)
    except duckdb.IOException as error:
        print(f"{error}\nSee docs/runbook.md, 'Restore'.", file=sys.stderr)
    except BrokenPipeError:
        # The reader, such as head, has enough. Nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        print(f"The result cannot be written: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


def _read(prompt: Prompt, text: str) -> bool:
    """Statements and dot commands of a pipe; stops at the first that fails."""
    pending = ""
    for line in text.splitlines(keepends=True):
        if not pending.strip() and line.startswith("."):
            if line.strip() == ".quit":
                return True
            if not prompt.command(line):
                return False
            continue
        pending += line
        if is_complete(pending):
            if not prompt.run(pending):
                return False
            pending = ""
    # A last statement may go without its semicolon.
    return prompt.run(pending) if pending.strip() else True


def _talk(settings: Settings, prompt: Prompt) -> None:
    is_open = True
    while is_open:
        with prompt.open(), _history(settings.state_dir / "sql_history", prompt.names):
            print(f"{settings.published_path}, read-only. .help lists the commands.")
            is_open = _converse(prompt)


def _converse(prompt: Prompt) -> bool:
    """Returns whether to open the file again."""
    pending = ""
    while True:
        try:
            line = input("   ...> " if pending else "sql> ")
        except EOFError:
            print()
            return False
        except KeyboardInterrupt:
            print()
            pending = ""
            continue
        if not pending and line.startswith("."):
            if line.strip() in (".quit", ".exit"):
                return False
            if line.strip() == ".reload":
                return True
            prompt.command(line)
            continue
        pending = f"{pending}\n{line}" if pending else line
        if is_complete(pending):
            prompt.run(pending)
            pending = ""
            if prompt.has_newer():
                print("A newer publication is there: .reload opens it.")
        elif not pending.strip():
            pending = ""


@contextmanager
def _history(path: Path, names: Callable[[], list[str]]) -> Iterator[None]:
    """Line editing, completion of names by Tab, and a history kept beside the warehouse's state."""
    try:
        import readline
    except ImportError:  # Python can be built without it.
        yield
        return
    known = sorted({*names(), ".tables", ".schema", ".reload", ".help", ".quit"})
    readline.set_completer_delims(" \t\n,();=<>+-*/'\"")
    readline.set_completer(lambda text, state: [*(name for name in known if name.startswith(text)), None][state])
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
    readline.set_history_length(2000)
    readline.clear_history()
    with suppress(OSError):
        readline.read_history_file(path)
    try:
        yield
    finally:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Statements may name people.
            path.touch(mode=0o600)
            readline.write_history_file(path)


if __name__ == "__main__":
    sys.exit(main())
