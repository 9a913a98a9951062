"""Loss and accuracy of the compared runs over one another, beside them which is which and its values.

Import this module only when curves are first shown: it needs pyqtgraph.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget

from designer.inspector.choosing import Combo
from designer.inspector.parts import tool
from designer.plots.overlay import Curve, OverlayPlot
from designer.plots.picture import write_picture
from designer.style import SPACE, Type, theme
from designer.style.theme import font

LINE = 5 * SPACE
KEY, NARROW_KEY = 248, 168
"""Widths of the key, in pixels."""
NARROW = 720
"""Below this width, in pixels, the key leaves more room to the plots, and smoothing is not offered."""
TITLES = ("loss", "accuracy")
PARTS = {
    "Training and validation": ("training", "validation"),
    "Validation": ("validation",),
    "Training": ("training",),
}


class RunCurves(QWidget):
    """Two plots that share crosshair and range, and the key."""

    said = Signal(str)
    """A sentence for people: what was exported, or why not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss = OverlayPlot("Loss", "loss", "loss")
        self.accuracy = OverlayPlot("Accuracy", "accuracy (%)", "accuracy", 100.0)
        self.plots = (self.loss, self.accuracy)
        self.key = Key()
        self._build()
        for plot in self.plots:
            plot.pointed.connect(self._point)
            plot.zoomed.connect(self.reset.show)
        theme().changed.connect(self.key.update)

    def _build(self) -> None:
        self.parts = Combo()
        self.parts.setAccessibleName("Which curves")
        for text, parts in PARTS.items():
            self.parts.addItem(text, parts)
        self.parts.activated.connect(self._choose)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 60)
        self.smoothing.setValue(28)
        self.smoothing.setFixedWidth(64)
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.valueChanged.connect(self._smooth)
        self.log = tool("Log", tip="Logarithmic loss axis", toggle=True)
        self.log.toggled.connect(self.loss.set_log)
        self.reset = tool(sign="fit", tip="Reset zoom")
        self.reset.hide()
        self.reset.clicked.connect(self._reset_zoom)
        self.exporter = tool(sign="export", tip="Export curves as PNG, SVG or CSV")
        self.exporter.clicked.connect(self._choose_export)
        self.loss.controls.addWidget(self.smoothing)
        self.loss.controls.addWidget(self.log)
        for item in (self.reset, self.exporter):
            self.accuracy.controls.addWidget(item)
        scroll = QScrollArea()
        scroll.setWidget(self.key)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(SPACE)
        side.addWidget(self.parts)
        side.addWidget(scroll, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        for plot in self.plots:
            layout.addWidget(plot, 1)
        layout.addWidget(self._side)
        self._smooth(self.smoothing.value())

    def show_curves(self, curves: Sequence[Curve], loss: str, accuracy: bool) -> None:
        """Show these runs; `loss` is the axis of their losses, `accuracy` whether any measures one."""
        self.loss.set_axis(loss)
        self.accuracy.setVisible(accuracy)
        last = self.accuracy if accuracy else self.loss
        if self.exporter.parent() is not last:
            for item in (self.reset, self.exporter):
                last.controls.addWidget(item)
        for plot in self.plots:
            plot.show_curves(curves)
        self.key.show_names([(curve.name, curve.color) for curve in curves], accuracy)
        self._show_values()

    def export(self, path: Path) -> None:
        """Write the curves to a PNG, SVG or CSV file, by its ending; `said` tells how it went."""
        try:
            if path.suffix.lower() == ".csv":
                self._write_csv(path)
            else:
                write_picture(path, self.size(), "Compared runs", self._paint)
        except OSError as error:
            self.said.emit(f"The curves could not be written to {path}: {error.strerror or error}.")
        else:
            self.said.emit(f"The curves are in {path}.")

    def _choose_export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Export curves", "runs.png", "PNG (*.png);;SVG (*.svg);;CSV (*.csv)"
        )
        if path:
            self.export(Path(path))

    def _write_csv(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("run", "part", "quantity", "step", "value"))
            for plot in self.plots:
                for name, part, step, value in plot.table():
                    table.writerow((name, part, plot.what, step, f"{value:.6g}"))

    def _paint(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme().color("surface"))
        for plot in self.plots:
            if plot.isVisibleTo(self):
                plot.draw(painter, QRectF(plot.geometry()))
        self.key.render(painter, self.key.mapTo(self, QPoint(0, 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= NARROW
        self._side.setFixedWidth(KEY if wide else NARROW_KEY)
        self.smoothing.setVisible(wide)

    def _point(self, place: float | None) -> None:
        for plot in self.plots:
            plot.point_at(place)
        self._show_values()

    def _show_values(self) -> None:
        self.key.show_values([plot.values() for plot in self.plots])

    def _choose(self, index: int) -> None:
        for plot in self.plots:
            plot.parts = frozenset(self.parts.itemData(index))
            plot.refresh()
        self._show_values()

    def _smooth(self, value: int) -> None:
        steps = round(10 ** (value / 20))
        text = "Not smoothed" if steps == 1 else f"Each point is the mean of {steps:,} steps"
        self.smoothing.setToolTip(f"Smoothing. {text}")
        for plot in self.plots:
            plot.smoothing = steps
            plot.refresh()
        self._show_values()

    def _reset_zoom(self) -> None:
        for plot in self.plots:
            plot.reset_zoom()
        self.reset.hide()


class Key(QWidget):
    """A line for every run: its colour, its name, its loss and accuracy; painted as plain text."""

    left_out = Signal(int)
    """The number of the run that was clicked, to be compared no longer."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[tuple[str, int]] = []
        self._accuracy = True
        self.values: list[list[str]] = []
        """Of every run its loss and accuracy, in this order: by plot, then by run."""

    def sizeHint(self) -> QSize:
        return QSize(NARROW_KEY, (len(self._names) + 1) * LINE)

    def show_names(self, names: list[tuple[str, int]], accuracy: bool) -> None:
        """The runs, with the numbers of their colours."""
        self._names, self._accuracy = names, accuracy
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def show_values(self, values: list[list[str]]) -> None:
        """Their losses, and their accuracies."""
        if values != self.values:
            self.values = values
            told = ", ".join(name for name, _ in self._names)
            self.setAccessibleName(f"Compared runs: {told}")
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y() // LINE) - 1
        if 0 <= place < len(self._names):
            self.left_out.emit(place)

    def _columns(self) -> tuple[str, ...]:
        """Which values there is room for: names come first."""
        if not self._accuracy:
            return TITLES[:1]
        return TITLES if self.width() > NARROW_KEY else TITLES[1:]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(Type.SMALL))
        measure = QFontMetricsF(font(Type.SMALL))
        column = measure.horizontalAdvance("accuracy") + 2 * SPACE
        columns = self._columns()
        count = len(columns)
        room = self.width() - count * column - 5 * SPACE
        painter.setPen(theme().color("muted"))
        for place, title in enumerate(columns):
            box = QRectF(self.width() - (count - place) * column, 0, column - SPACE, LINE)
            painter.drawText(box, _RIGHT, title)
        for row, (name, number) in enumerate(self._names, 1):
            top = row * LINE
            middle = top + LINE / 2
            beyond = number >= len(theme().tokens.series)
            style = Qt.PenStyle.DotLine if beyond else Qt.PenStyle.SolidLine
            painter.setPen(QPen(theme().series(number), 2.5, style))
            painter.drawLine(QPointF(SPACE, middle), QPointF(SPACE + 12, middle))
            painter.setPen(theme().color("text"))
            shown = measure.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(5 * SPACE, top, room, LINE), _LEFT, shown)
            for place, title in enumerate(columns):
                values = self.values[TITLES.index(title)] if self.values else []
                if row <= len(values):
                    left = self.width() - (count - place) * column
                    painter.drawText(
                        QRectF(left, top, column - SPACE, LINE), _RIGHT, values[row - 1]
                    )
        painter.end()


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
