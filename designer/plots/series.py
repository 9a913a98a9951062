"""Series: values over training steps, kept whole, and cut down to what a screen can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
"""Steps that the coarse level sums up in one."""
FINE = 1 << 17
"""Up to this many visible steps are looked at one by one; beyond, block by block."""

Floats = NDArray[np.float64]


class Shown(NamedTuple):
    """What is drawn of a series: the raw values' outline, and the smoothed line, over steps from 1."""

    raw_steps: Floats
    raw: Floats
    steps: Floats
    smooth: Floats


class _Buffer:
    """A growing row of numbers; appending costs no copy but for the doublings."""

    def __init__(self, dtype: type[np.floating]) -> None:
        self._data = np.empty(1024, dtype)
        self.size = 0

    def append(self, values: NDArray[np.floating]) -> None:
        end = self.size + len(values)
        if end > len(self._data):
            grown = np.empty(max(end, 2 * len(self._data)), self._data.dtype)
            grown[: self.size] = self.values
            self._data = grown
        self._data[self.size : end] = values
        self.size = end

    @property
    def values(self) -> NDArray[np.floating]:
        return self._data[: self.size]


class Series:
    """Value number i, from 0, belongs to step i + 1."""

    def __init__(self) -> None:
        self._values = _Buffer(np.float32)
        self._blocks = tuple(_Buffer(np.float32) for _ in range(3))

    def __len__(self) -> int:
        return self._values.size

    @property
    def end(self) -> int:
        """The last step that has a value; 0 where none has."""
        return self._values.size

    @property
    def values(self) -> NDArray[np.floating]:
        """Every value, in order. Do not write to it."""
        return self._values.values

    def append(self, values: Sequence[float]) -> None:
        """Add the values of the next steps."""
        self._values.append(np.asarray(values, np.float32))
        low, high, mean = self._blocks
        done, full = low.size * BLOCK, self._values.size // BLOCK * BLOCK
        if full > done:
            rows = self._values.values[done:full].reshape(-1, BLOCK)
            low.append(rows.min(1))
            high.append(rows.max(1))
            mean.append(rows.mean(1, dtype=np.float64))

    def at(self, step: float, window: int) -> float | None:
        """The mean of `window` steps around `step`, as the smoothed line has it there."""
        place = round(step) - 1
        if not 0 <= place < len(self):
            return None
        half = (window - 1) // 2
        return float(self.values[max(0, place - half) : place + half + 1].mean())

    def shown(self, first: float, last: float, points: int, window: int) -> Shown:
        """The part from step `first` to `last` in about `points` points, smoothed over `window` steps.

        The smoothed line has half of them. The outline goes through the least and the greatest value of each stretch, so that no peak
        is lost; the smoothed line is the mean over a window centred on each point, cut at the ends.
        """
        start = min(max(0, int(first) - 1), len(self))
        end = max(start, min(len(self), int(np.ceil(last))))
        if end - start > FINE:
            return self._coarse(
                start // BLOCK, min(end // BLOCK + 1, self._blocks[0].size), points, window
            )
        margin = window // 2
        before = max(0, start - margin)
        around = self.values[before : end + margin]
        visible = self.values[start:end]
        stretch = max(1, -(-len(visible) // (points // 2)))
        steps, raw = _outline(visible, visible, stretch)
        at, smooth = _smoothed(
            around, start - before, end - before, max(1, -(-2 * (end - start) // points)), window
        )
        return Shown(steps + (start + 1), raw, at + (before + 1), smooth)

    def _coarse(self, first: int, last: int, points: int, window: int) -> Shown:
        low, high, mean = (item.values for item in self._blocks)
        stretch = max(1, -(-(last - first) // (points // 2)))
        steps, raw = _outline(low[first:last], high[first:last], stretch)
        blocks = max(1, round(window / BLOCK))
        margin = blocks // 2
        before = max(0, first - margin)
        at, smooth = _smoothed(
            mean[before : last + margin],
            first - before,
            last - before,
            max(1, -(-2 * (last - first) // points)),
            blocks,
        )
        centre = (BLOCK + 1) / 2
        return Shown((steps + first) * BLOCK + centre, raw, (at + before) * BLOCK + centre, smooth)


class Samples:
    """Values of some steps only, in their order: what is measured now and then."""

    def __init__(self) -> None:
        self._steps = _Buffer(np.float64)
        self._values = _Buffer(np.float64)

    def __len__(self) -> int:
        return self._values.size

    @property
    def end(self) -> int:
        """The last step that has a value; 0 where none has."""
        return int(self.steps[-1]) if len(self) else 0

    @property
    def steps(self) -> NDArray[np.floating]:
        """The steps that have values, rising. Do not write to it."""
        return self._steps.values

    @property
    def values(self) -> NDArray[np.floating]:
        """Their values. Do not write to it."""
        return self._values.values

    def append(self, step: int, value: float | None) -> None:
        """Add the value of a later step; None, and what is told twice, is left out."""
        if value is not None and step > self.end:
            self._steps.append(np.array([step], np.float64))
            self._values.append(np.array([value], np.float64))

    def at(self, step: float, window: int) -> float | None:
        """The mean of the values within `window` steps around the one that is nearest to `step`."""
        if not len(self):
            return None
        steps = self.steps
        place = min(int(np.searchsorted(steps, step)), len(steps) - 1)
        if place and step - steps[place - 1] < steps[place] - step:
            place -= 1
        low, high = self._around(steps[place : place + 1], window)
        return float(self.values[low[0] : high[0]].mean())

    def shown(self, first: float, last: float, points: int, window: int) -> Shown:
        """As `Series.shown`; the smoothed line is the mean of the values within `window` steps."""
        steps, values = self.steps, self.values
        start = max(0, int(np.searchsorted(steps, first)) - 1)
        end = min(len(steps), int(np.searchsorted(steps, last, "right")) + 1)
        seen, visible = steps[start:end], values[start:end]
        if not len(seen):
            return Shown(*(np.empty(0) for _ in range(4)))
        stretch = max(1, -(-len(visible) // (points // 2)))
        places, raw = _outline(visible, visible, stretch)
        at: Floats = seen.astype(np.float64)[:: max(1, -(-2 * len(seen) // points))]
        if at[-1] != seen[-1]:
            at = np.append(at, seen[-1])
        low, high = self._around(at, window)
        sums = np.concatenate(([0.0], np.cumsum(values[low[0] : high[-1]])))
        smooth = (sums[high - low[0]] - sums[low - low[0]]) / (high - low)
        return Shown(np.interp(places, np.arange(len(seen)), seen), raw, at, smooth)

    def _around(
        self, at: NDArray[np.floating], window: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """From which to before which value those within `window` steps around each step lie."""
        half = (window - 1) / 2
        low = np.searchsorted(self.steps, at - half)
        return low, np.searchsorted(self.steps, at + half, "right")


def _outline(
    low: NDArray[np.floating], high: NDArray[np.floating], stretch: int
) -> tuple[Floats, Floats]:
    """Positions and values of a line through the extremes of every `stretch` values."""
    if stretch == 1:
        return np.arange(len(low), dtype=np.float64), high.astype(np.float64)
    starts = np.arange(0, len(low), stretch)
    raw = np.empty(2 * len(starts))
    raw[0::2] = np.minimum.reduceat(low, starts)
    raw[1::2] = np.maximum.reduceat(high, starts)
    steps = np.repeat(starts.astype(np.float64), 2)
    steps[1::2] += stretch / 2
    return np.minimum(steps, len(low) - 1), raw


def _smoothed(
    values: NDArray[np.floating], start: int, end: int, stride: int, window: int
) -> tuple[Floats, Floats]:
    """Means of `values` around every `stride`-th position from `start` to `end`, over `window` of them."""
    if end <= start:
        return np.empty(0), np.empty(0)
    at = np.arange(start, end, stride)
    if at[-1] != end - 1:
        at = np.append(at, end - 1)
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    half = (window - 1) // 2
    first, last = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return at.astype(np.float64), (sums[last] - sums[first]) / (last - first)
