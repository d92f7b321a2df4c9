"""What commands print, to a terminal or a log that may go away or fill its disk while the work goes on."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO


class _LastingFile(io.FileIO):
    """A file whose reader may leave (head has enough after a line), or whose disk may be full: the run goes on."""

    def write(self, data: Any) -> int | None:  # type: ignore[override]
        try:
            return super().write(data)
        except OSError as error:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
            if not isinstance(error, BrokenPipeError):
                with suppress(OSError):
                    print(f"The output cannot be written ({error.strerror}); the work goes on.", file=sys.stderr)
            return len(data)


def open_closed_streams() -> None:
    """Lead standard output and error to nowhere where whoever started this closed them (`>&-`, some services).

    Otherwise the next file that is opened takes their number, and what others print goes into it.
    """
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(descriptor, "w", closefd=False))


def lasting_output(descriptor: int) -> TextIO:
    """Text, line by line; a path that the terminal's encoding does not know is escaped."""
    buffer = io.BufferedWriter(_LastingFile(descriptor, "w"))
    return io.TextIOWrapper(buffer, errors="backslashreplace", line_buffering=True)
