"""What the web interface says of a dbt test."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.dbt_results import test_description as describe


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"description": "Own words.", "test_metadata": {"name": "key", "kwargs": {"columns": ["a"]}}}, "Own words."),
        (
            {"test_metadata": {"name": "key", "kwargs": {"columns": ["a", "b"]}}},
            "These identify a row, and none is NULL: a, b.",
        ),
        (
            {"test_metadata": {"name": "holds", "kwargs": {"expression": "a > 0\n  and b"}}},
            "No row for which this is false: a > 0 and b",
        ),
        (
            {"test_metadata": {"name": "relationships", "kwargs": {"column_name": "a", "to": "ref('t')"}}},
            "Each value of a exists in ref('t').",
        ),
        (
            {"test_metadata": {"name": "accepted_values", "kwargs": {"column_name": "a", "values": ["x", 1]}}},
            "a is one of: x, 1.",
        ),
        ({"raw_code": "-- Guards against\n-- a fault.\nselect 1\n-- not this"}, "Guards against a fault."),
        ({}, ""),
    ],
)
def test_a_sentence_for_each_kind(test: dict[str, Any], expected: str) -> None:
    assert describe(test) == expected
