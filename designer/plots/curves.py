"""The curves of one run, over its training. Import this module only when they are first shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from designer.plots.picture import write_picture
from designer.plots.plot import POINTS, Plot, mixed
from designer.plots.record import Record
from designer.plots.series import Series
from designer.style import SPACE, numbers, theme


class CurvePlot(Plot):
    """One quantity: its raw training steps faint, smoothed over them, validation at epochs' ends."""

    def __init__(self, title: str, axis: str, what: str, factor: float = 1.0) -> None:
        self._record: Record | None = None
        self._window = 1
        super().__init__(title, axis, what, factor)

    def add_curves(self) -> None:
        self.raw = pg.PlotCurveItem(antialias=False)
        # In segments, because stroking one long thick path costs ten times as much.
        self.smooth = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.validation = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.dots = pg.ScatterPlotItem(size=6, pxMode=True)
        for item in (self.raw, self.smooth, self.validation, self.dots):
            self.add(item)

    def apply_theme(self) -> None:
        """Take the colours of the theme in force."""
        super().apply_theme()
        tokens = theme().tokens
        training, validation = QColor(tokens.series[0]), QColor(tokens.series[1])
        # Opaque, because a line that shows through itself costs four times as much.
        self.raw.setPen(pg.mkPen(mixed(training, QColor(tokens.surface), 0.35), width=1))
        self.smooth.setPen(pg.mkPen(training, width=2))
        self.validation.setPen(pg.mkPen(validation, width=2))
        self.dots.setBrush(validation)
        self.dots.setPen(pg.mkPen(tokens.surface, width=1))

    @property
    def end(self) -> float | None:
        record = self._record
        return record.steps / record.steps_per_epoch if record and record.steps else None

    def show_record(self, record: Record, window: int) -> None:
        """Show the run as it stands, smoothed over `window` steps."""
        self._record, self._window = record, window
        self.refresh()

    def refresh(self) -> None:
        """Draw anew what is visible."""
        record = self._record
        if record is None:
            return
        rate = record.steps_per_epoch
        series: Series = getattr(record, self.what)
        ends, values = record.validation(self.what)
        first, last = 0.0, float(max(len(series), ends[-1] if ends else 0, 1))
        if self._free:
            low, high = self.view.viewRange()[0]
            first, last = max(0.0, low * rate), min(last, high * rate)
        points = min(POINTS, max(100, round(self.view.width())))
        shown = series.shown(first, last, points, self._window)
        raw = self.scaled(shown.raw)
        self.raw.setData(shown.raw_steps / rate, raw)
        self.smooth.setData(shown.steps / rate, self.scaled(shown.smooth))
        thin = max(1, len(ends) // POINTS)
        at = np.asarray(ends[::thin], np.float64) / rate
        checked = self.scaled(np.asarray(values[::thin], np.float64))
        self.validation.setData(at, checked)
        self.dots.setData(at if len(at) <= 100 else [], checked if len(at) <= 100 else [])
        self.grid.epochs = record.epochs
        if not self._free:
            end = last / rate
            self.follow(
                max(end, 1.0) if record.epochs <= 1 else end, np.concatenate((raw, checked))
            )
        self.drawn()

    def show_legend(self) -> None:
        record = self._record
        if record is None:
            return
        rate, series = record.steps_per_epoch, getattr(record, self.what)
        ends, values = record.validation(self.what)
        step = record.steps if self._at is None else max(1, round(self._at * rate))
        entries: list[tuple[str, str, int]] = []
        training = series.at(step, self._window)
        if training is not None:
            entries.append(("training", self.text(training), 0))
        if ends:
            nearest = (
                min(range(len(ends)), key=lambda i: abs(ends[i] - step))
                if self._at is not None
                else -1
            )
            entries.append(("validation", self.text(values[nearest]), 1))
        if self._at is None:
            note = f"mean of {numbers.count(self._window)} steps" if self._window > 1 else ""
        else:
            note = f"epoch {step / rate:.2f}, step {numbers.count(step)}"
        self.legend.show_values(entries, note)


class TrainingCurves(QWidget):
    """Loss and accuracy side by side, sharing crosshair and range of epochs.

    A run that cannot be right or wrong has its loss alone.
    """

    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss = CurvePlot("Loss", "cross-entropy (nats)", "loss")
        self.accuracy = CurvePlot("Accuracy", "accuracy (%)", "accuracy", 100.0)
        self.plots = (self.loss, self.accuracy)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        for plot in self.plots:
            layout.addWidget(plot, 1)
            plot.pointed.connect(self._point)
            plot.zoomed.connect(self.zoomed)

    @property
    def free(self) -> bool:
        """Whether a range was chosen by hand."""
        return any(plot.free for plot in self.plots)

    def show_record(self, record: Record, window: int) -> None:
        """Show the run as it stands, smoothed over `window` steps."""
        if record.started:
            self.loss.set_axis(record.started.loss)
        self.accuracy.setVisible(record.measures_accuracy)
        for plot in self.plots:
            plot.show_record(record, window)

    def reset_zoom(self) -> None:
        """Show everything again."""
        for plot in self.plots:
            plot.reset_zoom()

    def export(self, path: Path) -> None:
        """Write the two plots as PNG or SVG, by the file's ending; raises `OSError`."""
        write_picture(path, self.size(), "Training curves", self._draw)

    def _draw(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme().color("surface"))
        for plot in self.plots:
            if plot.isVisibleTo(self):
                plot.draw(painter, QRectF(plot.geometry()))

    def _point(self, epoch: float | None) -> None:
        for plot in self.plots:
            plot.point_at(epoch)
