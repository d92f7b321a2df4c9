"""Numbers, times and units as text, the same way on every page."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

BLANK = "(blank)"
MISSING = "–"  # noqa: RUF001 (an en dash stands for "no value"; 0 would claim one)
# Minor units of ISO 4217 where they are not hundredths.
_MINOR_PLACES = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_DIRECTION_CONTROLS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _grouped(value: float | Decimal, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text if any(digit in "123456789" for digit in text) else text.lstrip("-")


def _measured(value: float | Decimal, places: int) -> str:
    """Rounded; what is too small for the places is a bound, because 0 would claim that there is nothing."""
    limit = Decimal(1).scaleb(-places)
    if 0 < abs(float(value)) < float(limit) / 2:
        return f"<{limit}" if value > 0 else f">-{limit}"
    return _grouped(value, places)


def integer(value: int | float | Decimal) -> str:
    return _grouped(value, 0)


def quantity(value: int | float | Decimal) -> str:
    """A count of things that can be cut: 3, 1.5."""
    text = _measured(value, 3)
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(count: int, one: str, many: str = "") -> str:
    """1 load, 2 loads; `many` where it is not formed with an s."""
    return f"{integer(count)} {one if count == 1 else many or f'{one}s'}"


def compact(value: int | float | Decimal) -> str:
    """At most five digits below 10^16: 0.42, 9.5, 950, 12,345, 1.23M."""
    number = float(value)
    if abs(number) >= 999.95e12:
        return f"{number / 1e12:,.0f}T"
    # Judged as it is shown: 999,960 is 1.00M and not 1000.0K.
    for limit, suffix, least in (
        (1e12, "T", 999.95e9),
        (1e9, "B", 999.95e6),
        (1e6, "M", 999.95e3),
        (1e5, "K", 99999.5),
    ):
        if abs(number) >= least:
            scaled = number / (1e3 if suffix == "K" else limit)
            return f"{scaled:.{2 if abs(scaled) < 9.995 else 1}f}{suffix}"
    if number.is_integer() or abs(number) >= 99.95:
        return integer(value)
    return _measured(value, 2 if abs(number) < 9.995 else 1)


def ratio(value: float | Decimal) -> str:
    percent = float(value) * 100
    if 99.95 <= abs(percent) < 100:
        # Nearly all is not all.
        return f"{_grouped(math.copysign(min(abs(percent), 99.99), percent), 2)} %"
    return f"{_measured(percent, 2 if abs(percent) < 0.995 else 1) if percent else '0.0'} %"


def seconds(value: float | Decimal) -> str:
    """A duration in the two largest units that it has."""
    total = abs(float(value))
    sign = "-" if value < 0 else ""
    if 0 < total < 0.0995:
        return f"{sign}{_measured(total * 1000, 0)} ms"
    if total < 59.5:
        return f"{sign}{_grouped(total, 1 if total < 9.95 else 0)} s"
    whole = round(total)
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    if whole < 86400 * 2:
        return f"{sign}{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{sign}{whole // 86400:,} d {whole % 86400 // 3600} h"


def money(value: Decimal | float, currency: str) -> str:
    """Amount and ISO 4217 code, with the currency's own places; under one unit with up to four, so that a small cost
    does not read 0.
    """
    places = _MINOR_PLACES.get(currency, 2)
    text = _measured(value, max(places, 4) if abs(float(value)) < 1 else places)
    while text.partition(".")[2][places:] and text.endswith("0"):
        text = text[:-1]
    return f"{text.removesuffix('.')} {currency}"


def short_money(value: Decimal | float, currency: str) -> str:
    """For a tile, which has no room for more than some fifteen characters: 1.39B JPY, else as `money` has it."""
    return f"{compact(value)} {currency}" if abs(float(value)) >= 999.95e6 else money(value, currency)


def file_size(value: int | float) -> str:
    number = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def days(first: date, last: date) -> str:
    """A period, without saying a month or year twice."""
    if first == last:
        return day(last)
    if first.year != last.year:
        return f"{day(first)} to {day(last)}"
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{start} to {day(last)}"


def moment(value: datetime) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def readable(value: str) -> str:
    """Text from data without control and direction-changing characters, which can disguise what follows.

    Nor with what XML cannot hold: a picture with such a character ends the process that draws it. A name of nothing
    but spaces would be neither seen nor clicked.
    """
    if value.isspace():
        return BLANK
    return "".join("�" if _disguises(character) else character for character in value)


def _disguises(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in {"Cc", "Cs", "Zl", "Zp"} or character in _DIRECTION_CONTROLS or character in "\ufffe\uffff"


def machine(value: Any) -> str:
    """The exact value for the data-value attribute: what a test compares with SQL."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return str(value)


def human(value: Any, kind: str, currency: str = "USD") -> str:
    """`value` as a reader sees it; the kinds are the cases below.

    Raises:
        ValueError: the kind is unknown.
    """
    if value is None:
        return MISSING
    match kind:
        case "integer":
            return integer(value)
        case "compact":
            return compact(value)
        case "decimal":
            return _measured(value, 2)
        case "quantity":
            return quantity(value)
        case "ratio":
            return ratio(value)
        case "seconds":
            return seconds(value)
        case "money":
            return money(value, currency)
        case "size":
            return file_size(value)
        case "date":
            return day(value)
        case "moment":
            return moment(value)
        case "text" | "code":
            return readable(str(value))
        case "status":
            return readable(str(value)).replace("_", " ")
        case "flag":
            return "yes" if value else "no"
    raise ValueError(f"unknown kind of value: {kind!r}")
