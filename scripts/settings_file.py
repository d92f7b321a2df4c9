"""Checks the file .env before `make` hands it on: python-dotenv leaves out what it cannot read, and goes on."""

from __future__ import annotations

import difflib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `python scripts/settings_file.py` looks for imports beside itself only.
sys.path.insert(0, str(ROOT))

from dotenv.parser import parse_stream  # noqa: E402

from ingestion.settings import all_variables  # noqa: E402
from orchestration.settings import ORCHESTRATION_VARIABLES  # noqa: E402

# From here on a name is one of ours, miswritten; those of other programs are farther from all of them.
_LIKENESS = 0.8


def problems(text: str) -> Iterator[str]:
    """What of a file of settings would not hold. No value is repeated: it may be a secret."""
    known = [one.name for one in (*all_variables(), *ORCHESTRATION_VARIABLES)]
    for found in parse_stream(io.StringIO(text)):
        # The blank lines before a statement are its own.
        skipped = len(found.original.string) - len(found.original.string.lstrip())
        line = found.original.line + found.original.string[:skipped].count("\n")
        if found.error or (found.key is not None and found.value is None):
            yield f"line {line} is no NAME=value, or a quote in it has no end"
        elif found.key is not None and found.key not in known:
            near = difflib.get_close_matches(found.key.upper(), known, 1, _LIKENESS)
            if near:
                yield f"line {line} sets {found.key}, which is no setting; {near[0]} is one"


def main() -> int:
    """Exit code: 0 the file can be used, 1 it cannot."""
    try:
        found = list(problems(Path(".env").read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        print(".env cannot be read as UTF-8 text: save it again in that encoding.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f".env cannot be read: {error.strerror}.", file=sys.stderr)
        return 1
    for problem in found:
        print(f".env: {problem}. Correct it; .env.example has all settings.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
