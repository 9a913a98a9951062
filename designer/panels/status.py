"""What the status bar says: the network in one line, or its first problem; and how the run stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from designer.document import Document
from designer.inspector.parts import Sentence, Sign, label, panel, plain
from designer.panels.training import STATES, Dot
from designer.plots.record import Record
from designer.style import SPACE, numbers
from engine.analysis import Analysis, Problem
from engine.network.project import Project
from engine.training.events import Event

if TYPE_CHECKING:
    from designer.workshop import Workshop


class StatusPanel(QWidget):
    """A click on a problem selects its node; the button beside it mends it."""

    def __init__(
        self, document: Document, workshop: Workshop, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        panel(self)
        self._workshop = workshop
        self._record = Record(curves=False)
        self._problem: Problem | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 1, 2 * SPACE, 1)
        layout.setSpacing(2 * SPACE)
        self._good = Sign("check", "success")
        self._error = Sign("error", "error")
        self._warning = Sign("warning", "warning")
        for sign in (self._good, self._error, self._warning):
            layout.addWidget(sign)
        self.sentence = Sentence()
        layout.addWidget(self.sentence, 1)
        self.fix = QPushButton()
        self.fix.clicked.connect(self._mend)
        layout.addWidget(self.fix)
        layout.addSpacing(2 * SPACE)
        self._dot = Dot()
        layout.addWidget(self._dot)
        self.run = label(role="muted")
        layout.addWidget(self.run)
        document.changed.connect(self._show)
        workshop.events.connect(self._take)
        workshop.status_changed.connect(self._show_run)
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(600, 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 26)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._problem and self._problem.node and event.position().x() < self.fix.x():
            self._document.select_paths([self._problem.node])

    def _show(self) -> None:
        project, analysis = self._document.project, self._document.analysis
        first = analysis.problems[0] if analysis.problems else None
        self._problem = first if first and first.severity == "error" else None
        warned = first is not None and not self._problem
        empty = not project.network.nodes
        self._error.setVisible(self._problem is not None and not empty)
        self._warning.setVisible(warned)
        self._good.setVisible(first is None and not empty)
        if empty:
            self.sentence.say("Empty. Drag a layer onto the canvas to begin.")
        elif self._problem:
            self.sentence.say(self._problem.message)
        else:
            self.sentence.say(summary(project, analysis))
        fixes = first.fixes if first and not empty else ()
        self.fix.setVisible(bool(fixes))
        if fixes and first:
            self._problem = first
            self.fix.setText(fixes[0].label)
            self.fix.setToolTip(plain(first.message))
        self._show_run()

    def _mend(self) -> None:
        if self._problem and self._problem.fixes:
            fix = self._problem.fixes[0]
            self._document.do(fix.label, fix.edit, scope=())

    def _take(self, events: list[Event]) -> None:
        self._record.add(events)
        self._show_run()

    def _show_run(self) -> None:
        status, record = self._workshop.status, self._record
        text, token = STATES[status]
        self._dot.show_token(token)
        parts = [text]
        if status in ("running", "paused") and record.started:
            parts[0] = f"{text} on {record.started.device}"
            parts.append(f"epoch {numbers.count(record.epoch)} of {numbers.count(record.epochs)}")
            if status == "running" and record.seconds_left > 0:
                parts.append(f"{numbers.duration(record.seconds_left)} left")
        elif status in ("idle", "preparing"):
            parts.append(f"device {self._document.project.recipe.device}")
        self.run.setText(" · ".join(parts))


def summary(project: Project, analysis: Analysis) -> str:
    """A valid network in one line: `Valid · 61,706 parameters · 0.42 M MACs · 1.1 MB · receptive field 32 px`."""
    warnings = len(analysis.problems)
    parts = [
        f"Valid, {warnings} warning{'s' if warnings > 1 else ''}" if warnings else "Valid",
        f"{numbers.count(analysis.parameters)} parameters",
        f"{numbers.short(analysis.macs)} MACs",
        numbers.size(4 * analysis.parameters + analysis.memory),
    ]
    fields = [
        analysis.receptive(name)
        for name, node in project.network.nodes.items()
        if node.kind == "Output"
    ]
    known = [field for field in fields if field is not None]
    if known:
        largest = max(known, key=lambda field: field.size[0] * field.size[1])
        parts.append(f"receptive field {numbers.plane(largest.size)}")
    return " · ".join(parts)
