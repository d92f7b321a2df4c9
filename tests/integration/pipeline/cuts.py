"""Input of all sources, dealt out to loads: any line may come in any load, and again in another."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.collect.collection import collected_dir
from ingestion.registry import SOURCES
from ingestion.settings import Settings
from ingestion.simulator import SimulatedInput

Join = Callable[[list[bytes]], bytes]


def as_lines(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def as_array(lines: list[bytes]) -> bytes:
    return b"[" + b",".join(lines) + b"]"


@dataclass
class Pool:
    """Lines that belong into files of one kind.

    Attributes:
        path: where such a file lies, relative to a folder with landing/ and warehouse/; {} is the number of the load.
        join: makes a file of some of the lines.
    """

    path: str
    join: Join = as_lines
    lines: list[bytes] = field(default_factory=list)

    def deal(self, loads: int, dice: random.Random, repeated: float) -> list[list[bytes]]:
        """The lines by load, mixed."""
        dealt: list[list[bytes]] = [[] for _ in range(loads)]
        for line in self.lines:
            dealt[dice.randrange(loads)].append(line)
            while dice.random() < repeated:
                dealt[dice.randrange(loads)].append(line)
        for lines in dealt:
            dice.shuffle(lines)
        return dealt

    def write(self, folder: Path, number: int, lines: list[bytes]) -> None:
        if lines:
            path = folder / self.path.format(f"load-{number:02d}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.join(lines))


def pools_of(simulated: SimulatedInput, settings: Settings) -> list[Pool]:
    """What the simulation has written for all sources, and what the platforms of its world give to their clients."""
    found: dict[str, Pool] = {}
    for path in sorted(path for path in simulated.landing.rglob("*") if path.is_file()):
        for pool in _landed(path, path.relative_to(simulated.landing).parts[0]):
            found.setdefault(pool.path, Pool(pool.path, pool.join)).lines.extend(pool.lines)
    for source, spec in SOURCES.items():
        if spec.collect is not None:
            spec.collect(settings, lambda text: None)
            folder = collected_dir(settings, source)
            for path in sorted(folder.glob("*/*.jsonl")):
                name = f"warehouse/state/collected/{source}/{path.parent.name}/{{}}.jsonl"
                found.setdefault(name, Pool(name)).lines.extend(_lines(path.read_bytes()))
    return list(found.values())


def _landed(path: Path, source: str) -> Iterator[Pool]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            (entry,) = packed.namelist()
            data = packed.read(entry)
    if source == "fx":
        header, *lines = _lines(data)
        yield Pool("landing/fx/{}.csv", lambda some: as_lines([header, *some]), lines)
    elif source == "youtube":
        # Archives tell by their names which video they are of.
        is_array = data.startswith(b"[")
        lines = [json.dumps(item).encode() for item in json.loads(data)] if is_array else _lines(data)
        yield Pool(f"landing/youtube/{{}}/{path.name}", as_array if is_array else as_lines, lines)
    elif path.suffix == ".json":
        yield Pool(f"landing/{source}/{{}}.jsonl", lines=[json.dumps(item).encode() for item in json.loads(data)])
    else:
        yield Pool(f"landing/{source}/{{}}.jsonl", lines=_lines(data))


def _lines(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if line.strip()]


def grow(source: Path, target: Path, dice: random.Random, is_last: bool) -> None:
    """Let each transcript of `source` grow in `target`, by any number of bytes: also to the middle of a line."""
    for path in sorted(source.rglob("*.jsonl")):
        data = path.read_bytes()
        place = target / path.relative_to(source)
        before = place.stat().st_size if place.exists() else 0
        after = len(data) if is_last else dice.choice([before, dice.randint(before, len(data)), len(data)])
        if after > before:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("ab") as stream:
                stream.write(data[before:after])
