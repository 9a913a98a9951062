"""The curves of one run, over its training. Import this module only when they are first shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from designer.inspector.parts import tool
from designer.plots.picture import write_picture
from designer.plots.plot import POINTS, Plot, mixed
from designer.plots.quantity import ACCURACY, CHOICES, LOSS, Quantity
from designer.plots.record import TOP5, Record
from designer.plots.series import Samples, Series
from designer.style import SPACE, numbers, theme


class CurvePlot(Plot):
    """One quantity: its raw training steps faint, smoothed over them, validation at epochs' ends."""

    def __init__(self, quantity: Quantity) -> None:
        self._record: Record | None = None
        self._window = 1
        self.quantity = quantity
        super().__init__(quantity.title, quantity.axis, quantity.what, quantity.factor)

    def show_quantity(self, quantity: Quantity) -> None:
        """Show another quantity of the run, on an axis that suits it."""
        if quantity == self.quantity:
            return
        self.quantity = quantity
        self.what, self._factor = quantity.what, quantity.factor
        self.legend.set_title(quantity.title)
        self.set_axis(quantity.axis)
        self.set_log(quantity.log)

    def add_curves(self) -> None:
        self.raw = pg.PlotCurveItem(antialias=False)
        # In segments, because stroking one long thick path costs ten times as much.
        self.smooth = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.validation = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.dots = pg.ScatterPlotItem(size=6, pxMode=True)
        self.top5 = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        for item in (self.raw, self.smooth, self.top5, self.validation, self.dots):
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
        self.top5.setPen(pg.mkPen(tokens.series[2], width=2))
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
        series: Series | Samples = getattr(record, self.what)
        ends, values = record.validation(self.what)
        first, last = 0.0, float(max(series.end, record.steps, ends[-1] if ends else 0, 1))
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
        steps, fives = record.validation(TOP5) if self.what == "accuracy" else ([], [])
        part = self.scaled(np.asarray(fives[::thin], np.float64))
        self.top5.setData(np.asarray(steps[::thin], np.float64) / rate, part)
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
            entries.append(("" if self.quantity.single else "training", self.text(training), 0))
        if ends:
            nearest = (
                min(range(len(ends)), key=lambda i: abs(ends[i] - step))
                if self._at is not None
                else -1
            )
            entries.append(("validation", self.text(values[nearest]), 1))
            fives = record.validation(TOP5)[1] if self.what == "accuracy" else []
            if fives:
                last = fives[nearest] if -1 <= nearest < len(fives) else fives[-1]
                entries.append(("among the first five", self.text(last), 2))
        if self._at is None:
            note = f"mean of {numbers.count(self._window)} steps" if self._window > 1 else ""
        else:
            note = f"epoch {step / rate:.2f}, step {numbers.count(step)}"
        self.legend.show_values(entries, note)

    def text(self, value: float) -> str:
        return self.quantity.text(value)


class TrainingCurves(QWidget):
    """The loss, and beside it the accuracy or what else is chosen, sharing the crosshair.

    A run that cannot be right or wrong has no accuracy to choose.
    """

    zoomed = Signal()
    chosen = Signal()
    """Something else is to be shown beside the loss: `show_record` does it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss, self.second = CurvePlot(LOSS), CurvePlot(ACCURACY)
        self.plots = (self.loss, self.second)
        self._chosen = ACCURACY
        self.chooser = self._chooser()
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
        told = [item for item in CHOICES if record.tells(item.what)]
        shown = self._chosen if self._chosen in told else next(iter(told), ACCURACY)
        for action, item in zip(self.chooser.menu().actions(), CHOICES, strict=True):
            action.setEnabled(item in told)
            action.setChecked(item == shown)
        self.chooser.setText(shown.title)
        self.second.show_quantity(shown)
        for plot in self.plots:
            plot.show_record(record, window)

    def choose(self, quantity: Quantity) -> None:
        """Show this beside the loss, as far as a run tells of it."""
        self._chosen = quantity
        self.chosen.emit()

    def _chooser(self) -> QToolButton:
        """The second plot's title, which opens the list of what else there is to see."""
        button = tool(tip="What is drawn here")
        button.setAccessibleName("What is drawn beside the loss")
        button.setProperty("role", "title")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        for quantity in CHOICES:
            action = menu.addAction(quantity.title, lambda item=quantity: self.choose(item))
            action.setToolTip(quantity.tip)
            action.setCheckable(True)
        button.setMenu(menu)
        self.second.legend.titled = False
        self.second.head.insertWidget(0, button)
        return button

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
