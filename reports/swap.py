"""Replace a whole folder at once: readers see the old one or the new one, never a part of either."""

from __future__ import annotations

import ctypes
import ctypes.util
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD = -100
_LINUX_RENAME_EXCHANGE = 2
_DARWIN_RENAME_SWAP = 2


def _exchange(left: Path, right: Path) -> bool:
    """Exchange two folders in one step; False where the system or file system cannot."""
    library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    left_bytes, right_bytes = os.fsencode(left), os.fsencode(right)
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        done = library.renameat2(_AT_FDCWD, left_bytes, _AT_FDCWD, right_bytes, _LINUX_RENAME_EXCHANGE)
        return bool(done == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(left_bytes, right_bytes, _DARWIN_RENAME_SWAP) == 0)
    return False


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` that takes its place when the block ends without an error.

    An error leaves `target` as it was. Left-overs of a killed process are removed by the next call, and a
    target that a kill took away between two renames is put back first. One call at a time per target.

    Raises:
        NotADirectoryError: `target` is a file or a symbolic link.
    """
    target = target.absolute()
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise NotADirectoryError(f"{target} must be a folder, not a file or a symbolic link")
    target.parent.mkdir(parents=True, exist_ok=True)
    previous = target.parent / f".{target.name}.previous"
    lock = os.open(target.parent / f".{target.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if previous.exists() and not target.exists():
            previous.rename(target)
        for left_over in target.parent.glob(f".{target.name}.new-*"):
            shutil.rmtree(left_over)
        if previous.exists():
            shutil.rmtree(previous)
        fresh = target.parent / f".{target.name}.new-{os.getpid()}"
        fresh.mkdir()
        try:
            yield fresh
            _take_place(fresh, target, previous)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            if target.exists():
                shutil.rmtree(previous, ignore_errors=True)
    finally:
        os.close(lock)


def _take_place(fresh: Path, target: Path, previous: Path) -> None:
    if not target.exists():
        fresh.rename(target)
    elif not _exchange(fresh, target):
        target.rename(previous)
        try:
            fresh.rename(target)
        except OSError:
            previous.rename(target)
            raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def below(root: Path, relative: str) -> Path:
    """`root / relative`, refused unless it stays below `root`.

    Raises:
        ValueError: the path leaves the folder.
    """
    path = (root / relative).resolve()
    if "\0" in relative or not path.is_relative_to(root.resolve()) or path == root.resolve():
        raise ValueError(f"output path {relative!r} leaves its folder")
    return path
