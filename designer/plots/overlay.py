"""The curves of several runs over one another. Import this module only when they are first shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from designer.plots.plot import POINTS, Plot, mixed
from designer.plots.record import Record
from designer.plots.series import Series
from designer.style import numbers, theme

Floats: TypeAlias = NDArray[np.float64]
Line: TypeAlias = tuple[Floats, Floats]
"""Steps and values, both in the order of the steps."""
Part: TypeAlias = Literal["training", "validation"]

MOST_DOTS = 60
_NOTHING: Line = (np.empty(0), np.empty(0))


class Told(Protocol):
    """What has curves: a run of this program, or scalars that another tool has written."""

    @property
    def steps(self) -> int:
        """The last step told of."""
        ...

    @property
    def steps_per_epoch(self) -> int | None:
        """None where the steps are not counted in epochs."""
        ...

    def line(self, what: str, part: Part, window: int, first: float, last: float) -> Line:
        """`loss` or `accuracy` from step `first` to `last`, as validated, or while training, smoothed
        over `window` steps.
        """
        ...


class RecordTold:
    """A run's record."""

    def __init__(self, record: Record) -> None:
        self.record = record

    @property
    def steps(self) -> int:
        return self.record.steps

    @property
    def steps_per_epoch(self) -> int | None:
        return self.record.steps_per_epoch

    def line(self, what: str, part: Part, window: int, first: float, last: float) -> Line:
        """See `Told`."""
        if part == "validation":
            ends, values = self.record.validation(what)
            thin = max(1, len(ends) // POINTS)
            return np.asarray(ends[::thin], np.float64), np.asarray(values[::thin], np.float64)
        series: Series = getattr(self.record, what)
        shown = series.shown(first, last, POINTS, window)
        return shown.steps, shown.smooth


@dataclass(frozen=True)
class Curve:
    """What is drawn of one run: in the colour of a number, under a name."""

    name: str
    color: int
    told: Told


class _Items(NamedTuple):
    """What draws a run: its training thin, its validation strong, with dots where they are few."""

    training: pg.PlotCurveItem
    validation: pg.PlotCurveItem
    dots: pg.ScatterPlotItem


class OverlayPlot(Plot):
    """One quantity of several runs: validation strong, training thin; the axis below is shared."""

    def __init__(self, title: str, axis: str, what: str, factor: float = 1.0) -> None:
        self._curves: Sequence[Curve] = ()
        self._items: list[_Items] = []
        self._lines: list[dict[Part, Line]] = []
        self.smoothing = 1
        self.parts: frozenset[Part] = frozenset(("training", "validation"))
        super().__init__(title, axis, what, factor)

    @property
    def by_epoch(self) -> bool:
        """Whether the axis below counts epochs: all runs that are shown do."""
        return all(curve.told.steps_per_epoch is not None for curve in self._curves)

    @property
    def end(self) -> float | None:
        return max((curve.told.steps / self._rate(curve) for curve in self._curves), default=None)

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Show these runs as they stand."""
        anew = [(curve.name, curve.color) for curve in curves] != [
            (curve.name, curve.color) for curve in self._curves
        ]
        self._curves = tuple(curves)
        while len(self._items) > len(curves):
            for item in self._items.pop():
                self.item.removeItem(item)
        while len(self._items) < len(curves):
            # In segments, because stroking one long thick path costs ten times as much.
            lines = [pg.PlotCurveItem(antialias=True, segmentedLineMode="on") for _ in range(2)]
            items = _Items(lines[0], lines[1], pg.ScatterPlotItem(size=6, pxMode=True))
            for item in items:
                self.add(item)
            self._items.append(items)
        self.set_axis("epoch" if self.by_epoch else "step", "bottom")
        if anew:
            self.apply_theme()
        self.refresh()

    def apply_theme(self) -> None:
        """Take the colours of the theme in force."""
        super().apply_theme()
        surface = QColor(theme().tokens.surface)
        for curve, items in zip(self._curves, self._items, strict=True):
            color = theme().series(curve.color)
            beyond = curve.color >= len(theme().tokens.series)
            style = Qt.PenStyle.DashLine if beyond else Qt.PenStyle.SolidLine
            items.training.setPen(pg.mkPen(mixed(color, surface, 0.5), width=1, style=style))
            items.validation.setPen(pg.mkPen(color, width=2, style=style))
            items.dots.setBrush(color)
            items.dots.setPen(pg.mkPen(surface, width=1))

    def refresh(self) -> None:
        """Draw anew what is visible."""
        known: list[Floats] = []
        self._lines = []
        for curve, items in zip(self._curves, self._items, strict=True):
            rate = self._rate(curve)
            low, high = (0.0, float(curve.told.steps))
            if self._free:
                low, high = (place * rate for place in self.view.viewRange()[0])
            lines: dict[Part, Line] = {
                part: curve.told.line(self.what, part, self.smoothing, low, high)
                for part in self.parts
            }
            at, values = lines.get("training", _NOTHING)
            items.training.setData(at / rate, self.scaled(values))
            known.append(self.scaled(values))
            at, values = lines.get("validation", _NOTHING)
            items.validation.setData(at / rate, self.scaled(values))
            few = len(at) <= MOST_DOTS
            items.dots.setData(*((at / rate, self.scaled(values)) if few else ([], [])))
            known.append(self.scaled(values))
            self._lines.append(lines)
        if not self._free:
            self.follow(max(self.end or 1.0, 1e-9), np.concatenate(known or [np.empty(0)]))
        self.drawn()

    def show_legend(self) -> None:
        at = self._at
        if at is None:
            note = f"mean of {numbers.count(self.smoothing)} steps" if self.smoothing > 1 else ""
        else:
            note = f"epoch {at:.2f}" if self.by_epoch else f"step {numbers.count(at)}"
        self.legend.show_values([], note)

    def values(self) -> list[str]:
        """What each run has at the crosshair, or last: validated where that is shown and known."""
        found: list[str] = []
        for curve, lines in zip(self._curves, self._lines, strict=True):
            steps, values = lines.get("validation", _NOTHING)
            if not len(steps):
                steps, values = lines.get("training", _NOTHING)
            if not len(steps):
                found.append("–")
                continue
            place = len(steps) - 1
            if self._at is not None:
                place = int(np.abs(steps - self._at * self._rate(curve)).argmin())
            found.append(self.text(float(values[place])))
        return found

    def table(self) -> Iterator[tuple[str, Part, int, float]]:
        """Every value that is drawn: the run's name, what part of it, the step, the value."""
        for curve, lines in zip(self._curves, self._lines, strict=True):
            for part in sorted(lines):
                for step, value in zip(*lines[part], strict=True):
                    yield curve.name, part, round(step), float(value)

    def _rate(self, curve: Curve) -> int:
        """Steps to one unit of the axis below."""
        return (curve.told.steps_per_epoch or 1) if self.by_epoch else 1
