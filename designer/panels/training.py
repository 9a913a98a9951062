"""The training panel: how the run stands, and its curves, live."""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSlider,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.parts import Empty, Sentence, Sign, label, panel, tool
from designer.panels.plan import Plan
from designer.plots.record import Record
from designer.style import SPACE, numbers, theme
from designer.style.icons import icon
from engine.training.events import Event, Failed, Finished

if TYPE_CHECKING:
    from designer.plots.curves import TrainingCurves
    from designer.workshop import Workshop

REPAINT_MS = 100
"""Curves are drawn at most this often, however fast the run tells of steps."""
WARM_UP_MS = 3000
"""How long after it is first shown pyqtgraph is imported, beside the window's own work."""
NARROW = 640
"""Below this width, in pixels, smoothing and log scale are not offered."""
BUSY = ("preparing", "running", "paused")
STATES = {
    "idle": ("Ready", "link"),
    "preparing": ("Preparing", "accent"),
    "running": ("Training", "success"),
    "paused": ("Paused", "warning"),
    "finished": ("Finished", "accent"),
    "stopped": ("Stopped", "muted"),
    "failed": ("Failed", "error"),
}
"""What each status is called, and the token of its colour."""


class Dot(QWidget):
    """A small disc in a token's colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token = "link"
        self.setFixedSize(10, 10)

    def show_token(self, token: str) -> None:
        self._token = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color(self._token))
        painter.drawEllipse(QRectF(1, 1, 8, 8))
        painter.end()


class TrainingPanel(QWidget):
    """Records every event, seen or not; draws only while it is visible."""

    train_requested = Signal()
    said = Signal(str)
    """A sentence for people: what was exported, or why not."""

    def __init__(
        self, document: Document, workshop: Workshop, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._workshop = workshop
        self.record = Record()
        self.curves: TrainingCurves | None = None
        self._drawn = -1
        self._warming = False
        self._pulse = QTimer(self, singleShot=True, interval=REPAINT_MS)
        self._pulse.timeout.connect(self._draw)
        panel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(self._head())
        self.plan = Plan(document, workshop, self.record)
        layout.addWidget(self.plan)
        self.failure = QFrame()
        self.failure.setProperty("role", "problem")
        self.failure_text = label(wrap=True)
        failure = QHBoxLayout(self.failure)
        failure.setContentsMargins(2 * SPACE, SPACE + 2, 2 * SPACE, SPACE + 2)
        failure.addWidget(Sign("error", "error"), 0, Qt.AlignmentFlag.AlignTop)
        failure.addWidget(self.failure_text, 1)
        self.failure.hide()
        layout.addWidget(self.failure)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self.empty = Empty("No training yet", self._invitation(), "chart")
        self._stack.addWidget(self.empty)
        workshop.events.connect(self._take)
        workshop.followed.connect(self.record.clear)
        workshop.status_changed.connect(self._show_status)
        document.changed.connect(self._show_buttons)
        self._show_status(workshop.status)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 160)

    # Building

    def _head(self) -> QHBoxLayout:
        self.dot, self.state = Dot(), label()
        self.state.setProperty("role", "strong")
        self.bar = QProgressBar(maximum=1000, textVisible=False)
        self.bar.setFixedWidth(120)
        self.figures = Sentence("muted")
        self.train = QPushButton("Train")
        self.train.setProperty("primary", True)
        self.train.setIcon(icon("play", "on_accent"))
        self.train.clicked.connect(self.train_requested)
        self.pause = QPushButton("Pause")
        self.pause.setIcon(icon("pause"))
        self.pause.clicked.connect(self._pause_or_resume)
        self.stop = QPushButton("Stop")
        self.stop.setIcon(icon("stop"))
        self.stop.clicked.connect(lambda: self._workshop.stop())
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for item in (self.dot, self.state, self.bar):
            row.addWidget(item)
        row.addWidget(self.figures, 1)
        for button in (self.train, self.pause, self.stop):
            row.addWidget(button)
        return row

    def _make_ready(self) -> None:
        """Have the plots, if the panel is to be seen; best while the run is still preparing."""
        if self.curves is None and self.isVisible():
            self.curves = self._make_curves()
            self._smooth()
            self._fit_controls()

    def _make_curves(self) -> TrainingCurves:
        from designer.plots.curves import TrainingCurves

        curves = TrainingCurves()
        curves.zoomed.connect(lambda: self.reset.show())
        curves.chosen.connect(self._show_chosen)
        self.log = tool("Log", tip="Logarithmic loss axis", toggle=True)
        self.log.toggled.connect(curves.loss.set_log)
        self.second_log = tool("Log", tip="Logarithmic axis", toggle=True)
        self.second_log.clicked.connect(curves.second.set_log)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 60)
        self.smoothing.setValue(28)
        self.smoothing.setFixedWidth(64)
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.valueChanged.connect(self._smooth)
        self.reset = tool(sign="fit", tip="Reset zoom")
        self.reset.hide()
        self.reset.clicked.connect(self._reset_zoom)
        self.exporter = tool(sign="export", tip="Export curves as PNG, SVG or CSV")
        self.exporter.clicked.connect(self._choose_export)
        for item in (self.smoothing, self.log):
            curves.loss.controls.addWidget(item)
        for item in (self.second_log, self.reset, self.exporter):
            curves.second.controls.addWidget(item)
        self._stack.addWidget(curves)
        return curves

    def tells(self, sentence: str) -> bool:
        """Whether a failure is being told here, in this sentence, where it can be seen."""
        return (
            self.failure.isVisible()
            and not self.visibleRegion().isEmpty()
            and self.failure_text.text() == sentence
        )

    # Following the run

    def _take(self, events: list[Event]) -> None:
        self.record.add(events)
        if isinstance(self.record.ended, Failed):
            self.failure_text.setText(self.record.ended.message)
            self.failure.show()
        if self.isVisible() and not self._pulse.isActive():
            self._pulse.start()

    def _show_status(self, status: str) -> None:
        if status == "preparing":
            self._make_ready()
        if status != "failed":
            self.failure.hide()
        text, token = STATES[status]
        self.dot.show_token(token)
        self.state.setText(text)
        self.bar.setVisible(status in BUSY)
        self.pause.setText("Resume" if status == "paused" else "Pause")
        self.pause.setIcon(icon("play" if status == "paused" else "pause"))
        self._show_buttons()
        self._draw()

    def _show_buttons(self) -> None:
        status = self._workshop.status
        self.train.setVisible(status not in BUSY)
        self.train.setEnabled(self._document.analysis.valid)
        self.train.setToolTip("" if self._document.analysis.valid else "Mend the problems first")
        self.pause.setVisible(status in BUSY)
        self.pause.setEnabled(status in ("running", "paused"))
        self.stop.setVisible(status in BUSY)

    def _pause_or_resume(self) -> None:
        if self._workshop.status == "paused":
            self._workshop.resume()
        else:
            self._workshop.pause()

    # Drawing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._warming and "pyqtgraph" not in sys.modules:
            self._warming = True
            QTimer.singleShot(WARM_UP_MS, self, _warm_up)
        self._drawn = -1
        self._draw()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pulse.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_controls()

    def _fit_controls(self) -> None:
        """Where the panel is narrow the legends need the room more than these."""
        if self.curves:
            roomy = self.width() >= NARROW
            for item in (self.smoothing, self.log):
                item.setVisible(roomy)
            self.second_log.setVisible(roomy and self.curves.second.what != "accuracy")
            self.second_log.setChecked(self.curves.second.log)

    def _draw(self) -> None:
        if not self.isVisible():
            return
        self.figures.say(self._figures())
        self.plan.follow()
        self.bar.setValue(round(1000 * self.record.progress))
        if not self.record.steps:
            self._stack.setCurrentWidget(self.empty)
            if self._workshop.status == "preparing":
                self.empty.say("Preparing", self.record.preparing or "The worker is starting.")
            elif self._workshop.status in BUSY:
                self.empty.say("Training", "The curves begin after the first steps.")
            else:
                self.empty.say("No training yet", self._invitation())
            return
        self._make_ready()
        assert self.curves
        self._stack.setCurrentWidget(self.curves)
        if self._drawn != self.record.version:
            self._drawn = self.record.version
            self.curves.show_record(self.record, self.window_steps)
            self._fit_controls()

    def _invitation(self) -> str:
        known = self._document.project.recipe.loss.target == "class"
        what = "loss and accuracy" if known else "the loss"
        return f"Press Train to see {what} for training and validation here, live."

    def _figures(self) -> str:
        record, status = self.record, self._workshop.status
        parts: list[str] = []
        if record.started:
            parts.append(f"epoch {numbers.count(record.epoch)} of {numbers.count(record.epochs)}")
        if status == "running" and record.images_per_second:
            parts.append(numbers.speed(record.images_per_second))
        if status == "running" and record.seconds_left > 0:
            parts.append(f"{numbers.duration(record.seconds_left)} left")
        best = record.best
        if best and best.val_loss is not None:
            what = _result(best.val_loss, best.val_accuracy)
            parts.append(f"best validation {what} in epoch {best.epoch}")
        if isinstance(record.ended, Finished) and record.ended.test_loss is not None:
            parts.append(f"test {_result(record.ended.test_loss, record.ended.test_accuracy)}")
        if isinstance(record.ended, Finished) and record.ended.reason:
            parts.append(record.ended.reason.rstrip("."))
        return " · ".join(parts)

    # Commands

    @property
    def window_steps(self) -> int:
        """Steps that the smoothed line averages over."""
        return round(10 ** (self.smoothing.value() / 20))

    def _smooth(self) -> None:
        steps = self.window_steps
        text = "Not smoothed" if steps == 1 else f"Each point is the mean of {steps:,} steps"
        self.smoothing.setToolTip(f"Smoothing. {text}")
        if self.curves:
            self.curves.show_record(self.record, steps)

    def _show_chosen(self) -> None:
        assert self.curves
        self.curves.show_record(self.record, self.window_steps)
        self._fit_controls()

    def _reset_zoom(self) -> None:
        assert self.curves
        self.curves.reset_zoom()
        self.reset.hide()

    def _choose_export(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind, what in (("PNG", "picture"), ("SVG", "drawing"), ("CSV", "all steps")):
            menu.addAction(f"{kind}, {what}…", lambda kind=kind: self._ask_export(kind))
        menu.popup(self.exporter.mapToGlobal(self.exporter.rect().bottomLeft()))

    def _ask_export(self, kind: str) -> None:
        ending = kind.lower()
        path, _ = QFileDialog.getSaveFileName(
            self, "Export curves", f"curves.{ending}", f"{kind} (*.{ending})"
        )
        if path:
            self.export(Path(path))

    def export(self, path: Path) -> None:
        """Write the curves to a PNG, SVG or CSV file, by its ending; `said` tells how it went."""
        try:
            if path.suffix.lower() == ".csv":
                self.record.write_csv(path)
            elif self.curves:
                self.curves.export(path)
        except OSError as error:
            self.said.emit(f"The curves could not be written to {path}: {error.strerror or error}.")
        else:
            self.said.emit(f"The curves are in {path}.")


def _result(loss: float, accuracy: float | None) -> str:
    """How good that is, in a word or two: by its accuracy where one is measured."""
    return f"loss {numbers.real(loss)}" if accuracy is None else numbers.percent(accuracy)


def _warm_up() -> None:
    """Import pyqtgraph in a thread, so that the first run finds it there and the window does not stall."""
    threading.Thread(
        target=importlib.import_module, args=("pyqtgraph",), name="warm-up", daemon=True
    ).start()
