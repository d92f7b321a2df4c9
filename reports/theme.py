"""Colours of the site, written once: the style sheet and the charts both take them from here."""

from __future__ import annotations

from typing import Any, Literal

Mode = Literal["light", "dark"]

MODES: tuple[Mode, ...] = ("light", "dark")
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# The drawing program measures pictures' text as Arial's: the font that comes first, and room for those who have none
# as narrow, or names would lose their first letters.
PICTURE_FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"
PICTURE_PADDING = {"left": 56, "top": 4, "right": 12, "bottom": 4}
PICTURE_LEGEND_GAP = 34

# Text on its surface keeps a contrast of at least 4.5 to 1 (WCAG AA) in both modes; a test computes it.
COLORS: dict[Mode, dict[str, str]] = {
    "light": {
        "canvas": "#f5f6f8",
        "surface": "#ffffff",
        "raised": "#f0f2f6",
        "ink": "#161b26",
        "muted": "#566074",
        "line": "#dfe3ea",
        "shade": "#c9cfda",
        "accent": "#2459c4",
        "good": "#12704a",
        "warn": "#8a5a00",
        "bad": "#b3261e",
        "good-soft": "#e2f4ec",
        "warn-soft": "#fdf1d8",
        "bad-soft": "#fce8e6",
    },
    "dark": {
        "canvas": "#0f131b",
        "surface": "#181d28",
        "raised": "#212836",
        "ink": "#e9ecf3",
        "muted": "#a2acbe",
        "line": "#2c3444",
        "shade": "#000000",
        "accent": "#8ab0ff",
        "good": "#62d2a2",
        "warn": "#f0c060",
        "bad": "#ff9a92",
        "good-soft": "#16352a",
        "warn-soft": "#3a2f16",
        "bad-soft": "#432523",
    },
}

# At least 3 to 1 on the surface, and told apart with each kind of colour blindness, the first ones best: searched for
# with simulations of all three (Machado 2009), which a test repeats.
CATEGORIES: dict[Mode, list[str]] = {
    "light": ["#2a62d4", "#c76540", "#00a577", "#944a90", "#c78316", "#a23c41", "#2d8fd3", "#39741c"],
    "dark": ["#78a6ff", "#f5a058", "#8fe699", "#cf7bbf", "#2fd2f7", "#c75e66", "#bf9519", "#ac78cf"],
}
# In pixels; charts count columns of a legend by it.
LONGEST_LEGEND_ENTRY = 220
# Up to this share of the ramp its cells carry CELL_TEXT's first colour, above it the second.
STRONG_CELL = 0.67
CELL_TEXT: dict[Mode, tuple[str, str]] = {"light": ("#000000", "#ffffff"), "dark": ("#ffffff", "#000000")}
RAMP: dict[Mode, list[str]] = {
    "light": ["#eef2fa", "#b9cdf3", "#6f97e4", "#2f62cb", "#173a86"],
    "dark": ["#1e2533", "#243c68", "#2f569e", "#5581d2", "#c3d8ff"],
}


def css_variables() -> str:
    """The style sheet of colour variables: light, dark by the system's wish, and both by the toggle."""

    def block(selector: str, mode: Mode) -> str:
        lines = [f"  --{name}: {value};" for name, value in COLORS[mode].items()]
        return "\n".join([f"{selector} {{", f"  color-scheme: {mode};", *lines, "}"])

    dark = block(':root:not([data-theme="light"])', "dark").replace("\n", "\n  ")
    return "\n".join(
        [
            block(":root", "light"),
            f"@media screen and (prefers-color-scheme: dark) {{\n  {dark}\n}}",
            # Paper stays white, also for a reader who chose dark.
            "@media screen {\n" + block(':root[data-theme="dark"]', "dark") + "\n}",
            "",
        ]
    )


def vega_config(mode: Mode) -> dict[str, Any]:
    """The Vega-Lite `config` that gives every chart the site's type, spacing and colours."""
    color = COLORS[mode]
    return {
        "background": "transparent",
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelColor": color["muted"],
            "titleColor": color["muted"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 10,
            "labelPadding": 6,
            "domainColor": color["line"],
            "tickColor": color["line"],
            "gridColor": color["line"],
            "labelOverlap": "greedy",
        },
        "axisX": {"grid": False, "tickSize": 4, "labelSeparation": 10},
        "axisY": {"domain": False, "ticks": False, "tickCount": 5},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "labelColor": color["ink"],
            "titleColor": color["muted"],
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelFontSize": 12,
            "labelLimit": LONGEST_LEGEND_ENTRY,
            "symbolType": "square",
            "symbolSize": 90,
            "symbolStrokeWidth": 0,
            "offset": 12,
            "columnPadding": 16,
        },
        "line": {"strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
        "point": {"size": 28, "filled": True},
        "bar": {"color": CATEGORIES[mode][0], "binSpacing": 2},
        "rect": {"stroke": color["surface"], "strokeWidth": 1.5},
        "area": {"opacity": 0.9},
        "mark": {"color": CATEGORIES[mode][0]},
        # Text in a cell of the ramp: on its weak part, on its strong part, and where there is nothing to show.
        "style": {
            "cell-low": {"color": CELL_TEXT[mode][0]},
            "cell-high": {"color": CELL_TEXT[mode][1]},
            "cell-none": {"color": color["muted"]},
        },
        "range": {"category": CATEGORIES[mode], "heatmap": RAMP[mode], "ramp": RAMP[mode]},
    }
