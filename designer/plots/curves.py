"""Curves over training with pyqtgraph. Import this module only when they are first shown.

pyqtgraph takes half a second to import, which the window's start cannot afford.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.plots.legend import Legend
from designer.plots.record import Record
from designer.plots.series import Series
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font

POINTS = 1000
"""Most points of a curve on the screen; beyond one a pixel they could not be told apart."""
MOST_MARKS = 60
"""Epoch marks drawn at once; where there would be more, they say nothing."""
EXPORT_SCALE = 2


class _LeftAxis(pg.AxisItem):
    """An axis with few enough labels where it is logarithmic."""

    def logTickStrings(
        self, values: Sequence[float], scale: float, spacing: float | None
    ) -> list[str]:
        """Decades, and between them twos and fives."""
        return [
            f"{10**value:.3g}"
            if round(10 ** (value - math.floor(value + 1e-6))) in (1, 2, 5)
            else ""
            for value in values
        ]


class _Grid(pg.GraphicsObject):
    """A line at every labelled value, and a dashed one at the end of every epoch.

    The axes could draw a grid themselves, at ten times the cost.
    """

    def __init__(self, view: pg.ViewBox, axis: pg.AxisItem) -> None:
        super().__init__()
        self._view, self._axis = view, axis
        self.epochs = 0
        self.color = QColor()
        view.sigRangeChanged.connect(lambda *_: self._moved())

    def boundingRect(self) -> QRectF:
        return self._view.viewRect()

    def paint(self, painter: QPainter, option: object, widget: object = None) -> None:
        rect = self._view.viewRect()
        pen = QPen(self.color, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        low, high = self._view.viewRange()[1]
        levels = self._axis.tickValues(low, high, self._view.height())
        for value in levels[0][1] if levels else ():
            painter.drawLine(QPointF(rect.left(), value), QPointF(rect.right(), value))
        first, last = max(1, math.ceil(rect.left())), min(self.epochs, math.floor(rect.right()))
        if last - first >= MOST_MARKS:
            return
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        for epoch in range(first, last + 1):
            painter.drawLine(QPointF(epoch, rect.top()), QPointF(epoch, rect.bottom()))

    def _moved(self) -> None:
        self.prepareGeometryChange()
        self.update()


class CurvePlot(QWidget):
    """One quantity: its raw training steps faint, smoothed over them, validation at epochs' ends."""

    pointed = Signal(object)
    """The epoch under the pointer, or None when it has left."""
    zoomed = Signal()

    def __init__(self, title: str, axis: str, what: str, factor: float = 1.0) -> None:
        super().__init__()
        self.what = what
        self._factor = factor
        self._log = False
        self._free = False
        """Whether a person has chosen the range."""
        self._at: float | None = None
        self._record: Record | None = None
        self._window = 1
        self.legend = Legend(title)
        self.plot = pg.PlotWidget(enableMenu=False, axisItems={"left": _LeftAxis("left")})
        item = self.plot.getPlotItem()
        assert isinstance(item, pg.PlotItem)
        self.item = item
        scene = self.plot.scene()
        assert isinstance(scene, pg.GraphicsScene)
        self._scene = scene
        self.controls = QHBoxLayout()
        self.controls.setSpacing(SPACE)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE, 0, SPACE, 0)
        head.addWidget(self.legend, 1)
        head.addLayout(self.controls)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)
        self._prepare(axis)
        self._add_curves()
        self.apply_theme()
        theme().changed.connect(self.apply_theme)

    def _prepare(self, axis: str) -> None:
        self.item.hideButtons()
        self._labels = {"left": axis, "bottom": "epoch"}
        for name in ("left", "bottom"):
            line = self.item.getAxis(name)
            line.enableAutoSIPrefix(False)
            line.setStyle(tickFont=font(Type.SMALL), tickLength=-4)
        # Fixed, so that labels that come and go do not move the plot.
        self.item.getAxis("left").setWidth(54)
        self.item.getAxis("bottom").setHeight(36)
        self.item.setContentsMargins(0, 10, 8, 0)
        self.view: pg.ViewBox = self.item.getViewBox()
        self.view.disableAutoRange()
        self.view.sigRangeChangedManually.connect(self._set_free)
        self.view.sigXRangeChanged.connect(lambda *_: self._free and self.refresh())
        self._scene.sigMouseMoved.connect(self._point)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumSize(160, 90)

    def _add_curves(self) -> None:
        self.grid = _Grid(self.view, self.item.getAxis("left"))
        self.raw = pg.PlotCurveItem(antialias=False)
        # In segments, because stroking one long thick path costs ten times as much.
        self.smooth = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.validation = pg.PlotCurveItem(antialias=True, segmentedLineMode="on")
        self.dots = pg.ScatterPlotItem(size=6, pxMode=True)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.hide()
        for item in (self.grid, self.raw, self.smooth, self.validation, self.dots, self.cross):
            self.item.addItem(item, ignoreBounds=True)

    def apply_theme(self) -> None:
        """Take the colours of the theme in force."""
        tokens = theme().tokens
        self.plot.setBackground(tokens.surface)
        training, validation = QColor(tokens.series[0]), QColor(tokens.series[1])
        # Opaque, because a line that shows through itself costs four times as much.
        self.raw.setPen(pg.mkPen(_mixed(training, QColor(tokens.surface), 0.35), width=1))
        self.smooth.setPen(pg.mkPen(training, width=2))
        self.validation.setPen(pg.mkPen(validation, width=2))
        self.dots.setBrush(validation)
        self.dots.setPen(pg.mkPen(tokens.surface, width=1))
        self.cross.setPen(pg.mkPen(tokens.muted, width=1))
        self.grid.color = _mixed(QColor(tokens.border), QColor(tokens.surface), 0.7)
        self.grid.update()
        for name in ("left", "bottom"):
            axis = self.item.getAxis(name)
            axis.setPen(pg.mkPen(tokens.border))
            axis.setTextPen(pg.mkPen(tokens.muted))
            axis.labelStyle = {"color": tokens.muted, "font-size": f"{int(Type.SMALL)}px"}
            axis.setLabel(self._labels[name])
        self.legend.update()

    def set_axis(self, text: str) -> None:
        """Say what the quantity is and what it is counted in."""
        if text != self._labels["left"]:
            self._labels["left"] = text
            self.item.getAxis("left").setLabel(text)

    @property
    def free(self) -> bool:
        """Whether the range was chosen by hand; the plot then stops following the run."""
        return self._free

    def set_log(self, log: bool) -> None:
        """Show the quantity on a logarithmic axis."""
        self._log = log
        self.item.getAxis("left").setLogMode(y=log)
        self._free = False
        self.refresh()

    def reset_zoom(self) -> None:
        """Show everything, and follow the run again."""
        self._free = False
        self.refresh()

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
        self.raw.setData(shown.raw_steps / rate, self._scaled(shown.raw))
        self.smooth.setData(shown.steps / rate, self._scaled(shown.smooth))
        thin = max(1, len(ends) // POINTS)
        at = np.asarray(ends[::thin], np.float64) / rate
        checked = self._scaled(np.asarray(values[::thin], np.float64))
        self.validation.setData(at, checked)
        self.dots.setData(at if len(at) <= 100 else [], checked if len(at) <= 100 else [])
        self.grid.epochs = record.epochs
        if not self._free:
            self._follow(
                max(last / rate, 1.0 if record.epochs <= 1 else last / rate), shown.raw, checked
            )
        # Otherwise the scene finds that out in the midst of painting, and paints twice.
        self._scene.prepareForPaint()
        self._show_legend()

    def point_at(self, epoch: float | None) -> None:
        """Put the crosshair at an epoch, or take it away."""
        self._at = epoch
        self.cross.setVisible(epoch is not None)
        if epoch is not None:
            self.cross.setValue(epoch)
        self._show_legend()

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw legend and plot into `box`, for export."""
        head = QRectF(box.left(), box.top(), box.width(), self.legend.height())
        self.legend.draw(painter, head)
        body = box.adjusted(0, head.height(), 0, 0)
        self.plot.render(painter, body, self.plot.viewport().rect())

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        scaled = values * self._factor
        if not self._log:
            return scaled
        return np.log10(np.maximum(scaled, 1e-8))

    def _follow(self, end: float, raw: np.ndarray, checked: np.ndarray) -> None:
        """Fit the axes: all epochs so far; the values but for the rarest peaks."""
        self.view.setXRange(0, end, padding=0.015)
        if self.what == "accuracy":
            self.view.setYRange(0, self._factor, padding=0.03)
            return
        scaled = self._scaled(raw)
        known = np.concatenate((scaled[np.isfinite(scaled)], checked[np.isfinite(checked)]))
        if not known.size:
            self.view.setYRange(*((-2, 1) if self._log else (0, 1)), padding=0.03)
            return
        high = float(np.quantile(known, 0.995))
        low = float(np.quantile(known, 0.005)) if self._log else 0.0
        self.view.setYRange(low, max(high, low + 1e-3), padding=0.06)

    def _set_free(self, *_: object) -> None:
        self._free = True
        self.zoomed.emit()
        self.refresh()

    def _point(self, at: QPointF) -> None:
        if self._record is None or not self.view.sceneBoundingRect().contains(at):
            self.pointed.emit(None)
            return
        epoch = self.view.mapSceneToView(at).x()
        last = self._record.steps / self._record.steps_per_epoch
        self.pointed.emit(min(max(epoch, 0.0), last) if self._record.steps else None)

    def _show_legend(self) -> None:
        record = self._record
        if record is None:
            return
        rate, series = record.steps_per_epoch, getattr(record, self.what)
        ends, values = record.validation(self.what)
        step = record.steps if self._at is None else max(1, round(self._at * rate))
        entries: list[tuple[str, str, int]] = []
        training = series.at(step, self._window)
        if training is not None:
            entries.append(("training", self._text(training), 0))
        if ends:
            nearest = (
                min(range(len(ends)), key=lambda i: abs(ends[i] - step))
                if self._at is not None
                else -1
            )
            entries.append(("validation", self._text(values[nearest]), 1))
        if self._at is None:
            note = f"mean of {numbers.count(self._window)} steps" if self._window > 1 else ""
        else:
            note = f"epoch {step / rate:.2f}, step {numbers.count(step)}"
        self.legend.show_values(entries, note)

    def _text(self, value: float) -> str:
        return numbers.percent(value) if self.what == "accuracy" else numbers.real(value)


def _mixed(color: QColor, ground: QColor, part: float) -> QColor:
    """`part` of a colour on a ground, opaque."""
    return QColor(
        *(
            round(a * part + b * (1 - part))
            for a, b in (
                (color.red(), ground.red()),
                (color.green(), ground.green()),
                (color.blue(), ground.blue()),
            )
        )
    )


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
        size = self.size()
        if path.suffix.lower() == ".svg":
            generator = QSvgGenerator()
            generator.setFileName(str(path))
            generator.setSize(size)
            generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
            generator.setTitle("Training curves")
            painter = QPainter(generator)
            written = painter.isActive()
            self._draw(painter)
            painter.end()
        else:
            image = QImage(size * EXPORT_SCALE, QImage.Format.Format_ARGB32)
            image.setDevicePixelRatio(EXPORT_SCALE)
            painter = QPainter(image)
            self._draw(painter)
            painter.end()
            written = image.save(str(path))
        if not written:
            raise OSError(f"{path} cannot be written.")

    def _draw(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme().color("surface"))
        for plot in self.plots:
            if plot.isVisibleTo(self):
                plot.draw(painter, QRectF(plot.geometry()))

    def _point(self, epoch: float | None) -> None:
        for plot in self.plots:
            plot.point_at(epoch)
