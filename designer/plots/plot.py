"""One plot with pyqtgraph: axes, grid, crosshair and zoom, as all plots over training have them.

Import this module only when plots are first shown: pyqtgraph takes half a second to import, which
the window's start cannot afford.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.plots.legend import Legend
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font

LOW = 130
"""Pixels of height below which a plot saves room: its axes are named in the corner and the legend."""
FLAT = 120
"""Pixels of height, with its legend, below which a plot leaves that no second line for names."""
AXIS, LOW_AXIS = 36, 20
"""Height of the axis below in pixels, and where there is little room."""
LEFT, LABEL = 54, 8
"""Width of the axis on the left in pixels, and what it does without where its name stands elsewhere."""
CORNER = LEFT - LABEL - 8
"""Room to the left of the axis below, for its name."""
ROW = 15
"""Pixels that a label on the left takes at least."""
POINTS = 1000
"""Most points of a curve on the screen; beyond one a pixel they could not be told apart."""
MOST_MARKS = 60
"""Epoch marks drawn at once; where there would be more, they say nothing."""


class _LeftAxis(pg.AxisItem):
    """An axis with few enough labels, where it is low and where it is logarithmic."""

    def tickSpacing(
        self,
        minVal: float,  # noqa: N803 - pyqtgraph's names
        maxVal: float,  # noqa: N803
        size: float,
    ) -> list[tuple[float, float]]:
        levels = [
            (float(step), float(at)) for step, at in super().tickSpacing(minVal, maxVal, size)
        ]
        least = ROW * (maxVal - minVal) / max(size, 1.0)
        if not levels or not least > 0 or levels[0][0] >= least:
            return levels
        decade = 10 ** math.floor(math.log10(least))
        step = next(step for step in (decade, 2 * decade, 5 * decade, 10 * decade) if step >= least)
        return [(step, 0.0)]

    def logTickStrings(
        self, values: Sequence[float], scale: float, spacing: float | None
    ) -> list[str | None]:
        """Decades, and between them twos and fives; where there is none of these the least value."""
        digits = [round(10 ** (value - math.floor(value + 1e-6))) for value in values]
        told = [digit in (1, 2, 5) for digit in digits]
        if values and not any(told):
            told[0] = True
        # An empty string would count as a crowd, None does not.
        return [
            f"{10**value:.3g}" if tell else None for value, tell in zip(values, told, strict=True)
        ]


class _BottomAxis(pg.AxisItem):
    """An axis that names itself in its row's left corner where there is little height."""

    low = False

    def resizeEvent(self, ev: object = None) -> None:
        super().resizeEvent(ev)
        if self.low and self.label is not None:
            box = self.label.boundingRect()
            self.label.setPos(-box.width() - 3, (LOW_AXIS - box.height()) / 2 + 1)


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


class Plot(QWidget):
    """One quantity over training, `loss` or `accuracy`, under its legend. Subclasses draw the curves.

    It follows what it shows until a person zooms or moves it.
    """

    pointed = Signal(object)
    """The place under the pointer on the axis below, or None when it has left."""
    zoomed = Signal()

    def __init__(self, title: str, axis: str, what: str, factor: float = 1.0) -> None:
        super().__init__()
        self.what = what
        self._factor = factor
        self._log = False
        self._free = False
        """Whether a person has chosen the range."""
        self._at: float | None = None
        self.legend = Legend(title)
        axes = {"left": _LeftAxis("left"), "bottom": _BottomAxis("bottom")}
        self.plot = pg.PlotWidget(enableMenu=False, axisItems=axes)
        item = self.plot.getPlotItem()
        assert isinstance(item, pg.PlotItem)
        self.item = item
        scene = self.plot.scene()
        assert isinstance(scene, pg.GraphicsScene)
        self._scene = scene
        self.controls = QHBoxLayout()
        self.controls.setSpacing(SPACE)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(SPACE, 0, SPACE, 0)
        self.head.setSpacing(SPACE)
        self.head.addWidget(self.legend, 1)
        self.head.addLayout(self.controls)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self.head)
        layout.addWidget(self.plot, 1)
        self._prepare(axis)
        self.grid = _Grid(self.view, self.item.getAxis("left"))
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.hide()
        self.add(self.grid)
        self.add_curves()
        self.add(self.cross)
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
        self.item.getAxis("left").setWidth(LEFT)
        self.item.getAxis("bottom").setHeight(AXIS)
        self.item.setContentsMargins(0, 10, 8, 0)
        self.view: pg.ViewBox = self.item.getViewBox()
        self.view.disableAutoRange()
        self.view.sigRangeChangedManually.connect(self._set_free)
        self.view.sigXRangeChanged.connect(lambda *_: self._free and self.refresh())
        self._scene.sigMouseMoved.connect(self._point)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumSize(160, 60)

    # What subclasses say

    def add_curves(self) -> None:
        """Make the items that draw the curves."""

    def refresh(self) -> None:
        """Draw anew what is visible."""

    def show_legend(self) -> None:
        """Tell names and values, at the crosshair where there is one."""

    @property
    def end(self) -> float | None:
        """How far the curves go on the axis below; None where there are none."""
        return None

    # What all share

    def add(self, item: pg.GraphicsObject) -> None:
        """Put an item into the plot."""
        self.item.addItem(item, ignoreBounds=True)

    def apply_theme(self) -> None:
        """Take the colours of the theme in force."""
        tokens = theme().tokens
        self.plot.setBackground(tokens.surface)
        self.cross.setPen(pg.mkPen(tokens.muted, width=1))
        self.grid.color = mixed(QColor(tokens.border), QColor(tokens.surface), 0.7)
        self.grid.update()
        for name in ("left", "bottom"):
            axis = self.item.getAxis(name)
            axis.setPen(pg.mkPen(tokens.border))
            axis.setTextPen(pg.mkPen(tokens.muted))
            axis.labelStyle = {"color": tokens.muted, "font-size": f"{int(Type.SMALL)}px"}
            axis.setLabel(self._labels[name])
        self._save_room()
        self.legend.update()

    def set_axis(self, text: str, name: str = "left") -> None:
        """Say what the quantity is and what it is counted in; `bottom`, over what it is drawn."""
        if text != self._labels[name]:
            self._labels[name] = text
            self.item.getAxis(name).setLabel(text)
            self._save_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._save_room()

    def _save_room(self) -> None:
        """Where the plot is low the axes are named in the corner and in the legend, not cut off."""
        low = self.plot.height() < LOW
        below, left = self.item.getAxis("bottom"), self.item.getAxis("left")
        words = QFontMetrics(font(Type.SMALL)).horizontalAdvance
        short = words(self._labels["bottom"]) < CORNER
        assert isinstance(below, _BottomAxis)
        if below.low != (low and short):
            below.low = low and short
            below.setHeight(LOW_AXIS if below.low else AXIS)
        # The label is centred beside the plot, and may be as long as it is high.
        room = self.plot.height() - (LOW_AXIS if below.low else AXIS)
        cut = words(self._labels["left"]) > room
        left.showLabel(not cut)
        left.setWidth(LEFT - LABEL if cut else LEFT)
        # A label stays where the last one was, however long it is.
        for axis in (left, below):
            axis.resizeEvent()
        self.legend.unit = self._labels["left"] if cut else ""
        self.legend.low = self.height() < FLAT
        self.legend.tell()

    @property
    def free(self) -> bool:
        """Whether the range was chosen by hand; the plot then stops following the run."""
        return self._free

    @property
    def log(self) -> bool:
        """Whether the axis is logarithmic."""
        return self._log

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

    def point_at(self, place: float | None) -> None:
        """Put the crosshair at a place on the axis below, or take it away."""
        self._at = place
        self.cross.setVisible(place is not None)
        if place is not None:
            self.cross.setValue(place)
        self.show_legend()

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw legend and plot into `box`, for export."""
        head = QRectF(box.left(), box.top(), box.width(), self.legend.height())
        self.legend.draw(painter, head)
        body = box.adjusted(0, head.height(), 0, 0)
        self.plot.render(painter, body, self.plot.viewport().rect())

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Values as the axis has them."""
        scaled = values * self._factor
        if not self._log:
            return scaled
        # What is 0 has no place there; it stays at the foot, and what is less than the foot lowers it.
        above = scaled[scaled > 0]
        foot = min(1e-8, float(above.min())) if above.size else 1e-8
        return np.log10(np.maximum(scaled, foot))

    def follow(self, end: float, known: np.ndarray) -> None:
        """Fit the axes: all until `end`; the `known` values, scaled, but for the rarest peaks."""
        self.view.setXRange(0, end, padding=0.015)
        if self.what == "accuracy":
            self.view.setYRange(0, self._factor, padding=0.03)
            return
        known = known[np.isfinite(known)]
        if not known.size:
            self.view.setYRange(*((-2, 1) if self._log else (0, 1)), padding=0.03)
            return
        high = float(np.quantile(known, 0.995))
        low = float(np.quantile(known, 0.005)) if self._log else 0.0
        if self._log:
            # At least a fifth of a decade, so that what hardly changes is seen to.
            middle, half = (low + high) / 2, max(0.1, (high - low) / 2)
            self.view.setYRange(middle - half, middle + half, padding=0.06)
        else:
            self.view.setYRange(low, high if high > low else low + 1, padding=0.06)

    def drawn(self) -> None:
        """To be called when all items have their data: else the scene would find that out in the
        midst of painting, and paint twice.
        """
        self._scene.prepareForPaint()
        self.show_legend()

    def text(self, value: float) -> str:
        """A value of the quantity, for people."""
        return numbers.percent(value) if self.what == "accuracy" else numbers.real(value)

    def _set_free(self, *_: object) -> None:
        self._free = True
        self.zoomed.emit()
        self.refresh()

    def _point(self, at: QPointF) -> None:
        end = self.end
        if end is None or not self.view.sceneBoundingRect().contains(at):
            self.pointed.emit(None)
            return
        self.pointed.emit(min(max(self.view.mapSceneToView(at).x(), 0.0), end))


def mixed(color: QColor, ground: QColor, part: float) -> QColor:
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
