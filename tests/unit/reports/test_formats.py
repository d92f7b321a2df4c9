"""Numbers as a reader sees them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from reports import formats
from reports.components import Kpi


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1234567, "integer", "1,234,567"),
        (0, "integer", "0"),
        (99999, "compact", "99,999"),
        (123456, "compact", "123.5K"),
        (1234567, "compact", "1.23M"),
        (-2500000000, "compact", "-2.50B"),
        (999_960, "compact", "1.00M"),
        (999_960_000, "compact", "1.00B"),
        (9_996_000, "compact", "10.0M"),
        (99_999.7, "compact", "100.0K"),
        (2_445_024_000_000_000_000, "compact", "2,445,024T"),
        (0.42, "compact", "0.42"),
        (12.34, "compact", "12.3"),
        (0.001, "compact", "<0.01"),
        (0.004, "decimal", "<0.01"),
        (-0.004, "decimal", ">-0.01"),
        (Decimal("2.500000"), "quantity", "2.5"),
        (Decimal("1200.000000"), "quantity", "1,200"),
        (0.1234, "ratio", "12.3 %"),
        (0.00001, "ratio", "<0.01 %"),
        (0.9999, "ratio", "99.99 %"),
        (0.9999999, "ratio", "99.99 %"),
        (1, "ratio", "100.0 %"),
        (0.00123, "ratio", "0.12 %"),
        (1.5, "ratio", "150.0 %"),
        (0.0, "ratio", "0.0 %"),
        (4.25, "seconds", "4.2 s"),
        (0.045, "seconds", "45 ms"),
        (0.0001, "seconds", "<1 ms"),
        (0, "seconds", "0.0 s"),
        (59, "seconds", "59 s"),
        (59.7, "seconds", "1 min 00 s"),
        (-75, "seconds", "-1 min 15 s"),
        (75, "seconds", "1 min 15 s"),
        (3660, "seconds", "1 h 01 min"),
        (200000, "seconds", "2 d 7 h"),
        (Decimal("1234.5"), "money", "1,234.50 EUR"),
        (Decimal("0.012345"), "money", "0.0123 EUR"),
        (Decimal("0"), "money", "0.00 EUR"),
        (Decimal("0.500000"), "money", "0.50 EUR"),
        (" ", "text", "(blank)"),
        (Decimal("-0.00001"), "money", ">-0.0001 EUR"),
        (1536, "size", "1.5 kB"),
        (date(2026, 3, 9), "date", "9 Mar 2026"),
        (datetime(2026, 3, 9, 4, 5), "moment", "9 Mar 2026, 04:05 UTC"),
        (None, "integer", "–"),  # noqa: RUF001
        ("a\x00b\u202ec", "text", "a�b�c"),
        ("👩‍💻", "text", "👩‍💻"),
    ],
)
def test_a_value_is_written_for_people(value: Any, kind: str, text: str) -> None:
    assert formats.human(value, kind, "EUR") == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1367530", "KRW", "1,367,530 KRW"),
        ("0", "JPY", "0 JPY"),
        ("0.4", "JPY", "0.4 JPY"),
        ("12.3456", "KWD", "12.346 KWD"),
        ("0.004", "BHD", "0.004 BHD"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(value: str, currency: str, text: str) -> None:
    assert formats.money(Decimal(value), currency) == text


def test_one_is_not_written_as_many() -> None:
    assert [formats.counted(count, "row") for count in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert formats.counted(2, "person", "people") == "2 people"


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        formats.human(1, "furlongs")


def test_machine_values_are_exact() -> None:
    assert formats.machine(Decimal("0.100000")) == "0.100000"
    assert formats.machine(0.1 + 0.2) == "0.30000000000000004"
    assert formats.machine(None) == ""
    assert formats.machine(True) == "true"


def _kpi(value: Any, before: Any, **options: Any) -> Kpi:
    return Kpi("m", "M", value, options.pop("kind", "integer"), "p", "d", before=before, has_before=True, **options)


def test_a_change_has_size_direction_and_whether_it_is_good_news() -> None:
    delta = _kpi(110, 100, better="up").delta
    assert delta is not None and (delta.text, delta.direction, delta.tone) == ("10 %", "up", "good")
    delta = _kpi(0.05, 0.04, better="down", kind="ratio").delta
    assert delta is not None and (delta.text, delta.direction, delta.tone) == ("1.0 pts", "up", "bad")
    delta = _kpi(0.0012, 0.0009, better="down", kind="ratio").delta
    assert delta is not None and (delta.text, delta.direction, delta.tone) == ("0.03 pts", "up", "bad")
    delta = _kpi(100, 100).delta
    assert delta is not None and delta.direction == "flat"


def test_an_amount_too_long_for_a_tile_is_shortened_and_told_in_full_beside_it() -> None:
    tile = _kpi(Decimal("-1389199999267.28"), None, kind="money", currency="JPY")
    assert (tile.text, tile.exact) == ("-1.39T JPY", "-1,389,199,999,267 JPY")
    assert _kpi(Decimal("36217.67"), None, kind="money").text == "36,217.67 USD"


def test_no_percentage_is_given_against_nothing() -> None:
    tile = _kpi(5, 0, before_label="7 days before")
    assert tile.delta is None
    assert tile.comparison == "0 in the 7 days before"
    assert _kpi(5, None).delta is None
    # Refunds of 230 and then sales of 20 are no growth by 109 %.
    assert _kpi(20, -230).delta is None
