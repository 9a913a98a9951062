"""The plots of a study: a measure over epochs with its spread, and over the values that vary.

Import this module only when they are first shown, since it imports pyqtgraph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from designer.plots.plot import Plot, mixed
from designer.style import numbers, theme
from engine.studies.table import Curve

MOST = 5
"""Variants whose curves are drawn."""


@dataclass(frozen=True)
class Band:
    """A variant's curve: its label, the number of its colour, and the spread at each epoch."""

    label: str
    color: int
    curve: Curve


class BandPlot(Plot):
    """The mean of each variant over its seeds; behind it one standard deviation to either side."""

    def add_curves(self) -> None:
        self._bands: Sequence[Band] = ()
        self._items: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem, pg.PlotCurveItem]] = []
        self._fills: list[pg.FillBetweenItem] = []
        for _ in range(MOST):
            low, high, mean = (pg.PlotCurveItem(antialias=True) for _ in range(3))
            fill = pg.FillBetweenItem(low, high)
            self.item.addItem(fill, ignoreBounds=True)
            self.add(mean)
            self._items.append((low, high, mean))
            self._fills.append(fill)

    def show_bands(self, bands: Sequence[Band], what: str, axis: str) -> None:
        """Draw these, at most `MOST`, of a measure of the sort `what` and with this axis."""
        self._bands = bands[:MOST]
        self.what, self._factor = what, 100.0 if what == "accuracy" else 1.0
        self.set_axis(axis)
        self.refresh()

    def apply_theme(self) -> None:
        super().apply_theme()
        self.refresh()

    def refresh(self) -> None:
        tokens = theme().tokens
        known: list[np.ndarray] = [np.empty(0)]
        for place, (low, high, mean) in enumerate(self._items):
            band = self._bands[place] if place < len(self._bands) else None
            at = np.asarray(band.curve.epochs if band else (), np.float64)
            middle = np.asarray([item.mean for item in band.curve.spreads] if band else ())
            std = np.asarray([item.std or 0.0 for item in band.curve.spreads] if band else ())
            color = QColor(tokens.series[(band.color if band else 0) % len(tokens.series)])
            mean.setPen(pg.mkPen(color, width=2))
            self._fills[place].setBrush(mixed(color, QColor(tokens.surface), 0.22))
            mean.setData(at, self.scaled(middle))
            low.setData(at, self.scaled(middle - std))
            high.setData(at, self.scaled(middle + std))
            self._fills[place].setVisible(bool(std.any()))
            known += [self.scaled(middle - std), self.scaled(middle + std)]
        if not self.free:
            self.follow(max(1.0, self.end or 1.0), np.concatenate(known))
        self.drawn()

    @property
    def end(self) -> float | None:
        last = [band.curve.epochs[-1] for band in self._bands if band.curve.epochs]
        return float(max(last)) if last else None

    def show_legend(self) -> None:
        entries: list[tuple[str, str, int]] = []
        for band in self._bands:
            epochs = band.curve.epochs
            if epochs:
                at = epochs[-1] if self._at is None else min(epochs, key=self._distance)
                item = band.curve.spreads[epochs.index(at)]
                spread = f" ± {self.text(item.std)}" if item.std is not None else ""
                number = band.color % len(theme().tokens.series)
                entries.append((band.label, f"{self.text(item.mean)}{spread}", number))
        self.legend.show_values(entries, "" if self._at is None else f"epoch {self._at:.0f}")

    def _distance(self, epoch: int) -> float:
        return abs(epoch - (self._at or 0.0))


@dataclass(frozen=True)
class Place:
    """A variant among the values: where on the axis below, its label, and the measure of each run."""

    at: float
    label: str
    values: tuple[float, ...]


class ValuePlot(Plot):
    """The measure of every run over the value of one parameter, and each variant's mean with its
    deviation. The axis is logarithmic where the range is; where values are no numbers it names them.
    """

    def add_curves(self) -> None:
        self._places: Sequence[Place] = ()
        self._marked: int | None = None
        self._logarithmic = False
        self.dots = pg.ScatterPlotItem(size=6, pxMode=True, hoverable=True, tip=None)
        self.means = pg.ScatterPlotItem(size=9, pxMode=True, symbol="d")
        self.bars = pg.ErrorBarItem(x=np.zeros(0), y=np.zeros(0), height=np.zeros(0), beam=0)
        for item in (self.bars, self.dots, self.means):
            self.add(item)

    def show_places(
        self,
        places: Sequence[Place],
        what: str,
        axes: tuple[str, str],
        logarithmic: bool = False,
        names: Sequence[tuple[float, str]] = (),
        marked: int | None = None,
    ) -> None:
        """Draw these, the one number `marked` in another colour; `axes` say what is below and left."""
        self._places, self._marked, self._logarithmic = places, marked, logarithmic
        self.what, self._factor = what, 100.0 if what == "accuracy" else 1.0
        below, left = axes
        self.set_axis(left)
        self.set_axis(below, "bottom")
        axis = self.item.getAxis("bottom")
        axis.setLogMode(x=logarithmic)
        axis.setTicks([list(names)] if names else None)
        self.refresh()

    def apply_theme(self) -> None:
        super().apply_theme()
        self.refresh()

    def refresh(self) -> None:
        tokens = theme().tokens
        color, other = QColor(tokens.series[0]), QColor(tokens.series[1])
        faint = mixed(color, QColor(tokens.surface), 0.5)
        shown = [item for item in self._places if item.values]
        x = np.asarray([self._x(item.at) for item in shown for _ in item.values])
        y = self.scaled(np.asarray([value for item in shown for value in item.values]))
        self.dots.setData(x, y, brush=faint, pen=pg.mkPen(None))
        middle = self.scaled(np.asarray([np.mean(item.values) for item in shown]))
        at = np.asarray([self._x(item.at) for item in shown])
        marked = self._places[self._marked] if self._marked is not None else None
        self.means.setData(
            at,
            middle,
            brush=[other if item is marked else color for item in shown],
            pen=pg.mkPen(tokens.surface, width=1),
        )
        std = np.asarray(
            [np.std(item.values, ddof=1) if len(item.values) > 1 else 0.0 for item in shown]
        )
        self.bars.setData(
            x=at, y=middle, height=2 * std * self._factor, pen=pg.mkPen(color, width=1.5)
        )
        if not self.free:
            self._fit(y)
        self.drawn()

    def show_legend(self) -> None:
        count = sum(len(item.values) for item in self._places)
        runs = f"{count:,} run{'s' if count != 1 else ''}" if count else ""
        repeated = any(len(item.values) > 1 for item in self._places)
        self.legend.show_values(
            [], f"{runs}, means with one standard deviation" if repeated else runs
        )

    def _fit(self, known: np.ndarray) -> None:
        places = [self._x(item.at) for item in self._places] or [0.0, 1.0]
        low, high = min(places), max(places)
        self.view.setXRange(low, high if high > low else low + 1, padding=0.08)
        if not known.size:
            self.view.setYRange(0, self._factor, padding=0.03)
            return
        least, most = float(known.min()), float(known.max())
        self.view.setYRange(least, max(most, least + 1e-3 * self._factor), padding=0.12)

    def _x(self, value: float) -> float:
        return math.log10(value) if self._logarithmic else value

    def text(self, value: float) -> str:
        return numbers.real(value) if self.what == "seconds" else super().text(value)
