"""Checks the file .env before `make` hands it on: python-dotenv leaves out what it cannot read, and goes on."""

from __future__ import annotations

import difflib
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from dotenv.parser import parse_stream

# Written from the code, which takes seconds to import.
EXAMPLE = Path(__file__).resolve().parents[1] / ".env.example"
# From here on a name is one of ours, miswritten; those of other programs are farther from all of them.
_LIKENESS = 0.8


def problems(text: str) -> Iterator[str]:
    """What of a file of settings would not hold. No value is repeated: it may be a secret."""
    known = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    for found in parse_stream(io.StringIO(text)):
        # The blank lines before a statement are its own.
        skipped = len(found.original.string) - len(found.original.string.lstrip())
        line = found.original.line + found.original.string[:skipped].count("\n")
        if found.error or (found.key is not None and found.value is None):
            yield f"line {line} is no NAME=value, or a quote in it has no end"
        elif found.key is not None and found.key not in known:
            near = difflib.get_close_matches(found.key.upper(), known, 1, _LIKENESS)
            # A value that somebody keeps aside has more words: TWITCH_CLIENT_SECRET_OLD.
            if near and f"_{near[0]}_" not in f"_{found.key.upper()}_":
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
