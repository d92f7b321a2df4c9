"""Turning data into HTML safely: the Jinja environment, its filters and the content security policy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports import formats

# What clients write may be as long as a book; a cell shows the beginning, the exports hold all.
LONGEST_TEXT = 500
TEMPLATES = Path(__file__).parent / "templates"

# No inline script or style, no eval, no network. Vega evaluates its expressions with its own interpreter
# (`ast: true`), which is why script-src needs no 'unsafe-eval'.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)


def environment() -> Environment:
    """Escapes everything, whatever a template's name ends with, and stops at an unknown name."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters.update(
        human=formats.human,
        machine=formats.machine,
        readable=formats.readable,
        link=link,
        script_json=script_json,
        sparkline=sparkline,
        anchor=anchor,
        counted=formats.counted,
    )
    return jinja


def link(value: object, address: object = None) -> Markup:
    """Text from data, as much as a cell shows, as a link to `address` or itself; only to an absolute web address."""
    whole = formats.readable(str(value))
    text = whole if len(whole) <= LONGEST_TEXT else f"{whole[: LONGEST_TEXT - 1]}…"
    target = whole if address is None else formats.readable(str(address))
    try:
        parts = urlsplit(target)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or any(character.isspace() for character in target):
        return escape(text)
    return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(target, text)


def script_json(value: Mapping[str, Any] | Sequence[Any]) -> Markup:
    """JSON for a <script type="application/json"> element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # Every character that HTML could read as markup is a \u escape by now.
    return Markup(text)


def anchor(name: str) -> str:
    """A fragment identifier of letters, digits, dots, hyphens and underscores."""
    return "".join(character if character.isascii() and (character.isalnum() or character in "._-") else "-"
                   for character in name)  # fmt: skip


def sparkline(values: Sequence[float | None], width: int = 120, height: int = 32) -> str:
    """Points of an SVG polyline through `values`, oldest left; empty with fewer than two values."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    span = high - low
    step = width / (len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{_level(float(value), low, span, height):.1f}"
        for index, value in enumerate(values)
        if value is not None
    )


def _level(value: float, low: float, span: float, height: int) -> float:
    """Height of a point from above, 3 px inside; a flat line runs through the middle."""
    share = (value - low) / span if span else 0.5
    return height - 3 - share * (height - 6)
