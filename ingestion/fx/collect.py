"""The source's turn to ask for reference rates: one file with all dates, of which only what is new is kept."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ingestion.collect.clock import Clock, SystemClock
from ingestion.collect.collection import CollectError, Collector, collected_dir
from ingestion.collect.http import HttpClient
from ingestion.collect.memory import remember, remembered
from ingestion.csv_files import UNPACK_ERRORS
from ingestion.fx.settings import FxSettings
from ingestion.pipeline import Progress
from ingestion.settings import Settings

_AGAIN_DAYS = 14  # dates before the newest known one that are taken again: a rate may have been corrected
_MAX_BYTES = 256 << 20

Record = dict[str, str | None]


def collect(settings: Settings, progress: Progress, clock: Clock | None = None) -> list[str]:
    """Read FX_RATES_URL; nothing without it or in a simulated warehouse. Returns what is missing, a sentence each.

    Raises:
        CollectorError: another process collects rates.
    """
    own: FxSettings = settings.sources["fx"]
    if own.rates_url is None:
        return []
    if settings.is_simulated:
        progress("fx: FX_RATES_URL is not asked while all sources are simulated")
        return []
    clock = clock or SystemClock()
    # The same day may have begun elsewhere.
    latest = clock.now().date() + timedelta(days=1)
    through = _through(settings, own.rates_url, latest)
    parts = urlsplit(own.rates_url)
    folder, _, name = parts.path.rpartition("/")
    progress(f"fx: reading {parts.hostname}")
    newest = through
    with Collector(settings, "fx", clock) as collector:
        client = HttpClient(f"{parts.scheme}://{parts.netloc}{folder}", clock=clock)
        try:
            with collector.collection("rates") as collection:
                content = client.get(name, cost=collection, route="rates", points=0, is_json=False).content
                records = list(_records(content, None if through is None else through - timedelta(days=_AGAIN_DAYS)))
                collection.add(records)
                dates = [found for record in records if (found := _date(record)) is not None]
                # A date of the future would hide all that comes until then.
                newest = max((one for one in [*dates, through] if one is not None and one <= latest), default=None)
        finally:
            client.close()
    if newest is not None and newest != through:
        remember(_path(settings), {"address": _digest(own.rates_url), "through": newest.isoformat()})
    return collector.problems


def forget(settings: Settings) -> None:
    """Have all dates taken again."""
    _path(settings).unlink(missing_ok=True)


def _through(settings: Settings, address: str, latest: date) -> date | None:
    """Newest date that was taken from an address; None where that is not known, or is later than `latest`."""
    found = remembered(_path(settings))
    if found.get("address") != _digest(address):
        # Another file may reach further back: the last 90 days, then all of history.
        return None
    try:
        through = date.fromisoformat(str(found.get("through")))
    except ValueError:
        return None
    return through if through <= latest else None


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _path(settings: Settings) -> Path:
    return collected_dir(settings, "fx") / "through.json"


def _records(content: bytes, after: date | None) -> Iterator[Record]:
    """Records after a date; those whose date cannot be read too, so that the load judges them."""
    rows = _rows(content)
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    if "Date" not in names:
        raise CollectError("the answer is no table of rates: its first line does not name a column Date")
    for line, row in rows:
        if not row:
            continue
        if len(row) != len(names):
            raise CollectError(f"line {line} of the answer does not have as many fields as the header")
        record: Record = {name: value.strip() or None for name, value in zip(names, row, strict=True) if name}
        found = _date(record)
        if after is None or found is None or found > after:
            yield record


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number of the line and its fields."""
    rows = csv.reader(io.StringIO(_text(content)))
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise CollectError(f"the answer is no table of rates: {error}") from None


def _date(record: Record) -> date | None:
    try:
        return date.fromisoformat(record["Date"] or "")
    except ValueError:
        return None


def _text(content: bytes) -> str:
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                [entry] = packed.infolist()
                if entry.file_size > _MAX_BYTES:
                    raise CollectError("the answer's zip unpacks to more than 256 MiB; set that of a smaller one")
                # Not more than it says: read without a bound, all is unpacked before the size is compared.
                with packed.open(entry) as stream:
                    content = stream.read(entry.file_size + 1)
        return content.decode("utf-8-sig")
    except CollectError:  # a RuntimeError too, as what unpacking raises
        raise
    except (*UNPACK_ERRORS, OSError, ValueError):
        raise CollectError("the answer is neither CSV in UTF-8 nor a zip with one such file") from None
