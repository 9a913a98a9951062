"""Colour maps for images of numbers: sequential from low to high, diverging around zero.

Both are perceptually uniform. Sequential is viridis (van der Walt and Smith, 2015, CC0); diverging
are CET-D1A with a light middle and CET-D4 with a dark one (Kovesi, Good Colour Maps: How to Design
Them, 2015, CC BY 4.0), each from thirteen of its colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

_ANCHORS = {
    "sequential": "440154 481f70 443983 3b528b 31688e 287c8e 21918c 20a486 35b779 5cc863 8ed645 "
    "c8e020 fde725",
    "diverging_light": "172972 1e41b1 425ce0 787df4 a3a0fc cbc6f8 efe3e7 fcbcaf fb8b75 e95b46 "
    "cd281f 9d010a 660702",
    "diverging_dark": "1981fa 2b6fd2 315daa 314b82 2d3b5e 262b3d 221f21 3c2622 5c2f28 7c382e "
    "9e4035 c2483b e65042",
}


@cache
def table(name: str) -> NDArray[np.uint32]:
    """The 256 colours of a map as opaque 0xAARRGGBB, from its low end to its high one."""
    anchors = np.array(
        [[int(word[i : i + 2], 16) for i in (0, 2, 4)] for word in _ANCHORS[name].split()]
    )
    at = np.linspace(0, len(anchors) - 1, 256)
    red, green, blue = (
        np.interp(at, np.arange(len(anchors)), anchors[:, channel]).round().astype(np.uint32)
        for channel in range(3)
    )
    return np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue


@dataclass(frozen=True)
class Scale:
    """Which values the ends of a colour map stand for; `signed` when it diverges around zero."""

    low: float
    high: float
    signed: bool

    @staticmethod
    def of(values: NDArray[np.floating]) -> Scale:
        """The scale that shows every finite value: around zero where some are negative, else from zero."""
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if low < 0:
            end = max(-low, high)
            return Scale(-end, end, True)
        return Scale(0.0, high, False)

    @property
    def span(self) -> float:
        return self.high - self.low


def paint(
    values: NDArray[np.floating],
    low: NDArray[np.floating] | float,
    span: NDArray[np.floating] | float,
    name: str,
) -> NDArray[np.uint32]:
    """Colours of `values` (any shape): `low` takes the first colour, `low + span` the last.

    `low` and `span` broadcast against `values`; a span of 0 shows the first colour; values that
    are not numbers are transparent.
    """
    scaled = (values - low) * (255 / np.where(np.asarray(span) > 0, span, np.inf))
    known = np.isfinite(scaled)
    index = np.clip(np.where(known, scaled, 0), 0, 255).round().astype(np.uint8)
    colors = table(name)[index]
    if not known.all():
        colors[~known] = 0
    return colors
