"""Applies the blocks of docs/adding-a-source.md to a copy of the repository."""

from __future__ import annotations

import re
from pathlib import Path

# A paragraph that opens with a path, then the block: the file's text, or a diff with just enough lines around it.
_BLOCK = re.compile(r"^`(?P<path>[\w./]+)`[^\n]*(?:\n[^\n`]+)*\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```", re.M | re.S)


def apply(guide: str, repository: Path) -> list[str]:
    """Write the guide's files below `repository`; returns their paths.

    Raises:
        ValueError: the text that a diff changes is not there exactly once.
    """
    paths = []
    for block in _BLOCK.finditer(guide):
        path = repository / block["path"]
        if block["kind"] == "diff":
            text = path.read_text()
            for hunk in block["text"].split("@@\n"):
                lines = hunk.splitlines(keepends=True)
                before = "".join(line[1:] for line in lines if line[0] in " -")
                after = "".join(line[1:] for line in lines if line[0] in " +")
                if text.count(before) != 1:
                    raise ValueError(f"{block['path']} does not have these lines once:\n{before}")
                text = text.replace(before, after)
            path.write_text(text)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"])
        paths.append(block["path"])
    return paths
