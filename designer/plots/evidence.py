"""The plot of what speaks for a finding: a number over the steps, and the limit beyond which it ails.

Import this module only when it is first shown, since it imports pyqtgraph.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from designer.plots.plot import Plot
from designer.style import numbers, theme
from engine.training.diagnosis import Evidence

MOST_DOTS = 40


class EvidencePlot(Plot):
    """One curve, with dots where they are few, and a dashed line at the limit."""

    def __init__(self) -> None:
        self._evidence: Evidence | None = None
        super().__init__("", "", "evidence")

    def add_curves(self) -> None:
        self.limit = pg.InfiniteLine(angle=0, movable=False)
        self.curve = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.dots = pg.ScatterPlotItem(size=5, pxMode=True)
        for item in (self.limit, self.curve, self.dots):
            self.add(item)

    def show_evidence(self, evidence: Evidence) -> None:
        """Show this; the range that was chosen by hand is kept for the same number only."""
        if evidence == self._evidence:
            return
        before, self._evidence = self._evidence, evidence
        self.legend.set_title(evidence.title)
        self.set_axis(evidence.y_unit)
        self.set_axis(evidence.x_unit, "bottom")
        if before is None or before.title != evidence.title or evidence.log != self.log:
            self.set_log(evidence.log)
        else:
            self.refresh()

    def apply_theme(self) -> None:
        """Take the colours of the theme in force."""
        super().apply_theme()
        tokens = theme().tokens
        self.curve.setPen(pg.mkPen(tokens.series[0], width=2))
        self.dots.setBrush(theme().series(0))
        self.dots.setPen(pg.mkPen(tokens.surface, width=1))
        self.limit.setPen(pg.mkPen(tokens.error, width=1.4, style=Qt.PenStyle.DashLine))

    def refresh(self) -> None:
        """Draw anew what is visible."""
        evidence = self._evidence
        if evidence is None:
            return
        x, y = np.asarray(evidence.x, np.float64), self.scaled(np.asarray(evidence.y, np.float64))
        few = len(x) <= MOST_DOTS
        self.curve.setData(x, y)
        self.dots.setData(x if few else [], y if few else [])
        limit = evidence.limit
        self.limit.setVisible(limit is not None)
        at = self.scaled(np.array([limit])) if limit is not None else np.empty(0)
        if limit is not None:
            self.limit.setValue(float(at[0]))
        if not self.free:
            self._fit(x, np.concatenate((y, at)))
        self.drawn()

    @property
    def end(self) -> float | None:
        return self._evidence.x[-1] if self._evidence is not None and self._evidence.x else None

    def show_legend(self) -> None:
        evidence = self._evidence
        if evidence is None or not evidence.x:
            return
        place = len(evidence.x) - 1
        if self._at is not None:
            place = int(np.abs(np.asarray(evidence.x) - self._at).argmin())
        entries = [("", self.text(evidence.y[place]), 0)]
        note = "" if evidence.limit is None else f"limit {numbers.real(evidence.limit)}"
        if self._at is not None:
            note = f"{evidence.x_unit} {numbers.count(evidence.x[place])}"
        self.legend.show_values(entries, note)

    def _fit(self, x: np.ndarray, known: np.ndarray) -> None:
        low, high = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
        self.view.setXRange(low, high if high > low else low + 1, padding=0.03)
        known = known[np.isfinite(known)]
        least, most = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        if not self.log:
            least = min(0.0, least)
        half = max((most - least) / 2, 0.1 if self.log else 1e-9)
        middle = (least + most) / 2
        self.view.setYRange(middle - half, middle + half, padding=0.1)
