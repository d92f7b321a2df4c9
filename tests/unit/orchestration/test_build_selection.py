"""The names by which a build tells dbt what to leave out: as few as possible, and exactly those nodes."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.build import _arguments

MANIFEST: dict[str, Any] = {
    "nodes": {
        unique_id: {"resource_type": unique_id.split(".")[0], "fqn": fqn.split(".")}
        for unique_id, fqn in {
            "model.a": "p.staging.clips.a",
            "test.key_a": "p.staging.clips.key_a",
            "model.b": "p.marts.clips.b",
            "model.c": "p.marts.social.c",
            "test.key_c": "p.marts.social.key_c",
            "seed.d": "p.d",
            "operation.start": "p.hooks.start",
        }.items()
    }
}
EVERYTHING = {name for name in MANIFEST["nodes"] if not name.startswith("operation.")}


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        (set(), []),
        ({"test.key_a"}, ["--exclude", "p.staging.clips.key_a"]),
        ({"model.a", "test.key_a"}, ["--exclude", "p.staging"]),
        ({"model.a", "test.key_a", "model.b", "seed.d"}, ["--exclude", "p.d p.marts.clips p.staging"]),
        (EVERYTHING - {"model.c"}, ["--exclude", "p.d p.marts.clips p.marts.social.key_c p.staging"]),
        (EVERYTHING, ["--exclude", "p.d p.marts p.staging"]),
    ],
)
def test_the_fewest_names_that_say_it(left_out: set[str], expected: list[str]) -> None:
    arguments = _arguments(left_out, MANIFEST, refresh=False)
    assert arguments[:3] == ("build", "--exclude-resource-type", "unit_test")
    assert list(arguments[3:]) == (["--indirect-selection", "empty", *expected] if expected else [])


def test_names_of_left_out_nodes_select_no_other() -> None:
    for chosen in ({"model.a"}, {"model.b", "test.key_c"}, {"model.c", "test.key_c"}, {"seed.d", "model.c"}):
        option, names = _arguments(chosen, MANIFEST, refresh=False)[-2:]
        selected = {
            unique_id
            for unique_id, node in MANIFEST["nodes"].items()
            if unique_id in EVERYTHING
            and any(node["fqn"][: len(name.split("."))] == name.split(".") for name in names.split())
        }
        assert (option, selected) == ("--exclude", chosen)
