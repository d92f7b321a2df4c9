"""Which input files are new, grown or replaced, compared with what the ledger remembers.

A file is remembered by path, size and content. Its times and inode are a shortcut only: while all of
them stand as at the last load, the content is not read again. A change time that lies within two
seconds of the moment of loading proves nothing (a later write may carry the same stamp), so then the
content decides.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["jsonl", "jsonl.gz", "json", "parquet", "csv", "zip"]
_SUFFIXES: tuple[tuple[str, Format], ...] = (
    (".jsonl.gz", "jsonl.gz"),
    (".ndjson.gz", "jsonl.gz"),
    (".jsonl", "jsonl"),
    (".ndjson", "jsonl"),
    (".json", "json"),
    (".parquet", "parquet"),
    (".csv", "csv"),
    (".zip", "zip"),
)
_RACY_NS = 2_000_000_000
SETTLED_NS = 3_600_000_000_000
_HASH_BLOCK = 4 << 20


@dataclass(frozen=True)
class InputRoot:
    """A folder whose files feed one resource. `label` stands for the folder in ids and rows."""

    path: Path
    label: str
    formats: tuple[Format, ...]
    pattern: str = "*"


@dataclass(frozen=True)
class Remembered:
    """What the ledger holds of a file after its last committed load."""

    file_id: str
    generation: int
    end_offset: int
    end_line: int
    ends_with_newline: bool
    content_sha256: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int
    observed_ns: int
    has_pending_tail: bool
    tail_sha256: str | None
    status: str


@dataclass(frozen=True)
class FileStat:
    """Size and change marks of a file at the moment of planning."""

    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int
    observed_ns: int


@dataclass(frozen=True)
class WorkItem:
    """One file to read, from where; or, with `problem` or `copy_of`, only to be noted in the ledger."""

    root: InputRoot
    path: Path
    file: str
    file_id: str
    format: Format
    generation: int
    stat: FileStat
    start_offset: int = 0
    start_line: int = 1
    problem: tuple[str, str] | None = None
    copy_of: Remembered | None = None
    prefix: hashlib._Hash | None = None  # SHA-256 over the bytes before start_offset


def plan(
    resource: str,
    roots: Iterable[InputRoot],
    remembered: dict[tuple[str, str], Remembered],
    now_ns: Callable[[], int] = time.time_ns,
) -> list[WorkItem]:
    """The files of `roots` that hold something the ledger does not know, in path order.

    Args:
        resource: the dlt resource that the files feed.
        roots: folders to walk; symbolic links are never followed.
        remembered: by (root label, relative path).
        now_ns: the clock, for tests.
    """
    by_content = {
        (entry.size_bytes, entry.content_sha256): entry
        for entry in remembered.values()
        if entry.status == "loaded" and entry.end_offset == entry.size_bytes > 0
    }
    items = []
    for root in roots:
        for file, path, found in _walk(root):
            before = remembered.get((root.label, file))
            item = _decide(resource, root, file, path, found, before, by_content, now_ns())
            if item is not None:
                items.append(item)
    return items


def format_of(name: str) -> Format | None:
    """The format that a file name says, None when no suffix is known."""
    lowered = name.lower()
    return next((kind for suffix, kind in _SUFFIXES if lowered.endswith(suffix)), None)


def _walk(root: InputRoot) -> Iterator[tuple[str, Path, os.stat_result | OSError]]:
    if not root.path.is_dir():
        return
    found: list[tuple[str, Path, os.stat_result | OSError]] = []

    def unreadable(error: OSError) -> None:
        path = Path(error.filename)
        found.append((_relative_name(path, root), path, error))

    for folder, folders, names in os.walk(root.path, onerror=unreadable, followlinks=False):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*names, *links]:
            path = Path(folder) / name
            file = _relative_name(path, root)
            if name.startswith(".") or not (path.match(root.pattern) or name in links):
                continue
            try:
                found.append((file, path, path.lstat()))
            except OSError as error:
                found.append((file, path, error))
    yield from sorted(found, key=lambda entry: entry[0])


def _relative_name(path: Path, root: InputRoot) -> str:
    """The path below the root, as text: bytes that are not UTF-8 stand as \\xff, so that tables can hold it."""
    name = path.relative_to(root.path).as_posix()
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _decide(
    resource: str,
    root: InputRoot,
    file: str,
    path: Path,
    found: os.stat_result | OSError,
    before: Remembered | None,
    by_content: dict[tuple[int, str], Remembered],
    now_ns: int,
) -> WorkItem | None:
    kind = format_of(file)
    if isinstance(found, OSError):
        status = FileStat(0, 0, 0, 0, now_ns)
        problem: tuple[str, str] | None = ("unreadable_file", os_reason(found))
    else:
        status = FileStat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, now_ns)
        problem = _kind_problem(found.st_mode, kind, root)
    if before is not None and _is_unchanged(before, status):
        return None

    generation = before.generation if before else 1
    start_offset, start_line, copy_of, prefix = 0, 1, None, None
    try:
        if problem is None and before is not None:
            prefix = _known_prefix(path, kind, before, status)
            if prefix is None:
                generation += 1
            elif kind != "jsonl" or before.end_offset == status.size_bytes or _has_same_tail(path, before, status):
                return None
            else:
                start_offset = before.end_offset
                start_line = before.end_line + (1 if before.ends_with_newline else 0)
        elif problem is None and any(size == status.size_bytes for size, _ in by_content):
            copy_of = by_content.get((status.size_bytes, sha256_of(path).hexdigest()))
    except OSError as error:
        problem = ("unreadable_file", os_reason(error))
    identity = f"{resource}\0{root.label}\0{file}\0{generation}"
    return WorkItem(
        root=root,
        path=path,
        file=file,
        file_id=hashlib.sha256(identity.encode()).hexdigest()[:20],
        format=kind or "jsonl",
        generation=generation,
        stat=status,
        start_offset=start_offset,
        start_line=start_line,
        problem=problem,
        copy_of=copy_of,
        prefix=prefix,
    )


def _is_unchanged(before: Remembered, status: FileStat) -> bool:
    same = (before.size_bytes, before.modified_ns, before.changed_ns, before.inode) == (
        status.size_bytes,
        status.modified_ns,
        status.changed_ns,
        status.inode,
    )
    if not same or (before.has_pending_tail and is_settled(status)):
        return False
    return before.status == "failed" or before.observed_ns - before.changed_ns >= _RACY_NS


def is_settled(status: FileStat) -> bool:
    """Whether a file has stood unchanged for so long that an unended last line will not be finished."""
    return status.observed_ns - status.modified_ns > SETTLED_NS


def _has_same_tail(path: Path, before: Remembered, status: FileStat) -> bool:
    """Whether nothing came after an unended last line that was left, or rejected, at the last load."""
    if before.size_bytes != status.size_bytes or (before.has_pending_tail and is_settled(status)):
        return False
    return sha256_of(path, start=before.end_offset).hexdigest() == before.tail_sha256


def _known_prefix(path: Path, kind: Format | None, before: Remembered, status: FileStat) -> hashlib._Hash | None:
    """The digest of what is loaded, if the file still starts with it; None: read the file again whole."""
    if before.status == "failed" or status.size_bytes < before.end_offset:
        return None
    if kind != "jsonl" and status.size_bytes != before.size_bytes:
        return None
    digest = sha256_of(path, before.end_offset if kind == "jsonl" else None)
    return digest if digest.hexdigest() == before.content_sha256 else None


def _kind_problem(mode: int, kind: Format | None, root: InputRoot) -> tuple[str, str] | None:
    if stat.S_ISLNK(mode):
        return "unsupported_file", "a symbolic link is not followed; put the file itself into the folder"
    if not stat.S_ISREG(mode):
        return "unsupported_file", "not a regular file"
    if kind is None or kind not in root.formats:
        return "unsupported_file", f"the name must end with one of {', '.join('.' + f for f in root.formats)}"
    return None


def sha256_of(path: Path, length: int | None = None, start: int = 0) -> hashlib._Hash:
    """SHA-256 over `length` bytes of a file from `start` on, over all that follow when None."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        stream.seek(start)
        left = length
        while left is None or left > 0:
            block = stream.read(_HASH_BLOCK if left is None else min(_HASH_BLOCK, left))
            if not block:
                break
            digest.update(block)
            left = None if left is None else left - len(block)
    return digest


def os_reason(error: OSError) -> str:
    """Why a file cannot be read, without its content."""
    return f"{error.strerror or 'cannot be read'}; check the file's permissions"
