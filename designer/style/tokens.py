"""Design tokens. Text on its surface has a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3); a test holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

SPACE = 4
"""The one spacing unit, in pixels."""
RADIUS = 6
"""The one corner radius, in pixels."""


class Type(IntEnum):
    """The one type scale, in pixels."""

    SMALL = 11
    BODY = 13
    TITLE = 16
    DISPLAY = 20


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours as `#rrggbb`.

    `window` lies under everything, `surface` under panels, `raised` under cards and fields,
    `canvas` under the network. `series` are the colours of curves in plots, in order.
    """

    name: str
    window: str
    surface: str
    raised: str
    hover: str
    canvas: str
    grid: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    link: str
    error: str
    error_surface: str
    warning: str
    warning_surface: str
    success: str
    series: tuple[str, ...]
    families: Mapping[str, str]


# Family hues after Okabe and Ito's colour-blind safe set, lightened or darkened per theme.
LIGHT = Tokens(
    name="light",
    window="#eceef2",
    surface="#f7f8fa",
    raised="#ffffff",
    hover="#e6ebf5",
    canvas="#f1f3f7",
    grid="#dde1e9",
    border="#d3d8e1",
    text="#1b2230",
    muted="#596275",
    accent="#2459d1",
    on_accent="#ffffff",
    selection="#d6e2ff",
    link="#8b95a8",
    error="#b3261e",
    error_surface="#fdeceb",
    warning="#8a5300",
    warning_surface="#fff3dc",
    success="#1b7344",
    series=(
        "#2459d1",
        "#c2410c",
        "#1b7f5c",
        "#9b3fae",
        "#8a6d00",
        "#0e7490",
        "#b4235a",
        "#5b6577",
    ),
    families={
        "io": "#5b6577",
        "convolution": "#2266c9",
        "pooling": "#0b8464",
        "activation": "#c25a0a",
        "normalization": "#9a4fb5",
        "dense": "#c0344e",
        "shape": "#2f7f93",
        "merge": "#8a6d00",
        "block": "#465069",
    },
)

DARK = Tokens(
    name="dark",
    window="#12151b",
    surface="#191d25",
    raised="#222732",
    hover="#2b3240",
    canvas="#15181f",
    grid="#232833",
    border="#323947",
    text="#e8ebf1",
    muted="#a0a9ba",
    accent="#7aa5ff",
    on_accent="#0c1526",
    selection="#2a3f6b",
    link="#6c7689",
    error="#ff8a80",
    error_surface="#3a2024",
    warning="#f3bd5c",
    warning_surface="#372c17",
    success="#63d39a",
    series=(
        "#7aa5ff",
        "#ff9d5c",
        "#4fd1a5",
        "#d595ea",
        "#e3c44f",
        "#5cc8e0",
        "#ff86ac",
        "#a9b4cc",
    ),
    families={
        "io": "#98a3b8",
        "convolution": "#6ea8ff",
        "pooling": "#43c9a0",
        "activation": "#ff9b4a",
        "normalization": "#cf92e6",
        "dense": "#ff7d93",
        "shape": "#62bdd2",
        "merge": "#dcbc45",
        "block": "#a9b4cc",
    },
)
