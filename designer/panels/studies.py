"""The studies panel: many runs that differ in one respect, set up, trained and compared."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.parts import Sentence, label, panel, plain, tool
from designer.panels.study_results import StudyResults
from designer.panels.study_setup import KINDS, StudySetup
from designer.panels.training import Dot
from designer.studying import Studying
from designer.style import SPACE, numbers
from designer.style.icons import icon
from engine.network.edits import EditError
from engine.network.project import Project
from engine.studies.errors import StudyError
from engine.studies.folder import StudyDirectory
from engine.studies.study import made

STATES = {
    "idle": ("No study yet", "link"),
    "waiting": ("Not begun", "link"),
    "starting": ("Starting", "accent"),
    "running": ("Training", "success"),
    "paused": ("Paused", "warning"),
    "finished": ("Finished", "accent"),
    "stopped": ("Stopped", "muted"),
    "interrupted": ("Interrupted", "warning"),
    "failed": ("Failed", "error"),
}
"""What each status is called, and the token of its colour."""
NAMED = 3
"""So many of the things that vary are named in the list of studies."""
OPEN = ("waiting", "stopped", "interrupted", "failed")
"""The states from which a study can go on."""


class StudiesPanel(QWidget):
    """Two pages: setting a study up, and its results. The study outlives the window."""

    open_requested = Signal(object)
    """The project of a variant that is to be edited."""
    said = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.studying = Studying(self)
        panel(self)
        self.setup = StudySetup(document, self.studying)
        self.results = StudyResults(self.studying)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.setup)
        self.pages.addWidget(self.results)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(self._head())
        layout.addWidget(self.pages, 1)
        self.studying.opened.connect(lambda: self.show_page(self.results))
        self.studying.changed.connect(self._show)
        self.studying.failed.connect(self._tell)
        self.results.open_requested.connect(self._open_variant)
        self.results.apply_requested.connect(self._apply)
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(900, 280)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 160)

    def _head(self) -> QHBoxLayout:
        self.dot, self.state = Dot(), label(role="strong")
        self.bar = QProgressBar(maximum=1000, textVisible=False)
        self.bar.setFixedWidth(120)
        self.figures = Sentence("muted")
        self.pause = QPushButton("Pause")
        self.pause.clicked.connect(self._pause_or_resume)
        self.stop = QPushButton("Stop")
        self.stop.setIcon(icon("stop"))
        self.stop.clicked.connect(self.studying.stop)
        self.go_on = QPushButton("Go on")
        self.go_on.setIcon(icon("play"))
        self.go_on.setToolTip("Train what is not finished")
        self.go_on.clicked.connect(self.studying.go_on)
        self.turn = QPushButton()
        self.turn.clicked.connect(self._turn)
        self.earlier = tool(sign="open", tip="Open another study")
        self.earlier.clicked.connect(self._offer)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for item in (self.dot, self.state, self.bar):
            row.addWidget(item)
        row.addWidget(self.figures, 1)
        for item in (self.pause, self.stop, self.go_on, self.turn, self.earlier):
            row.addWidget(item)
        return row

    def show_page(self, page: QWidget) -> None:
        """Show the setting up, or the results."""
        self.pages.setCurrentWidget(page)
        self._show()
        self.results.refresh()

    def ablate(self) -> None:
        """Set up an ablation of the nodes that are selected."""
        self.show_page(self.setup)
        self.setup.ablate()

    def close_down(self) -> None:
        """The window closes; a study goes on."""
        self.studying.close()

    # Showing

    def _show(self) -> None:
        studying = self.studying
        text, token = STATES[studying.status]
        live, outcomes = studying.live, studying.outcomes
        setting_up = self.pages.currentWidget() is self.setup
        self.dot.show_token(token)
        self.state.setText(text)
        self.bar.setVisible(live)
        self.pause.setVisible(live)
        self.pause.setEnabled(studying.status in ("running", "paused"))
        paused = studying.status == "paused"
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.setIcon(icon("play" if paused else "pause"))
        self.stop.setVisible(live)
        self.go_on.setVisible(not setting_up and studying.status in OPEN)
        self.turn.setText("Results" if setting_up else "New study")
        self.turn.setVisible(outcomes is not None)
        if not self.isVisible():
            return
        if outcomes is not None and live:
            self.bar.setValue(round(1000 * outcomes.part))
        self.figures.say(self._figures())

    def _figures(self) -> str:
        studying, outcomes = self.studying, self.studying.outcomes
        if outcomes is None:
            return "Repeat a run over seeds, sweep parameters, or take nodes out in turn."
        runs = outcomes.all
        parts = [outcomes.study.project.name]
        parts.append(f"{numbers.count(outcomes.done)} of {numbers.count(len(runs))} runs")
        failed = [item for item in runs if item.status == "failed"]
        if failed:
            parts.append(f"{len(failed)} failed: {failed[-1].message.rstrip('.')}")
        left = studying.seconds_left if studying.status == "running" else None
        if left:
            parts.append(f"{numbers.duration(left)} left")
        if studying.message:
            parts.append(studying.message)
        return " · ".join(parts)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.studying.take_up()
        self._show()
        self.results.refresh()

    # Commands

    def _pause_or_resume(self) -> None:
        if self.studying.status == "paused":
            self.studying.resume()
        else:
            self.studying.pause()

    def _turn(self) -> None:
        setting_up = self.pages.currentWidget() is self.setup
        self.show_page(self.results if setting_up else self.setup)

    def _offer(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for folder in self.studying.earlier():
            action = menu.addAction(
                _called(folder).replace("&", "&&"),
                lambda path=folder.path: self.studying.open(path),
            )
            action.setToolTip(plain(str(folder.path)))
        menu.setToolTipsVisible(True)
        if menu.isEmpty():
            menu.addAction("No studies yet").setEnabled(False)
        menu.popup(self.earlier.mapToGlobal(self.earlier.rect().bottomLeft()))

    def _open_variant(self, number: int) -> None:
        outcomes = self.studying.outcomes
        if outcomes is not None:
            study = outcomes.study
            self.open_requested.emit(made(study.project, study.variants[number]))

    def _apply(self, number: int) -> None:
        """Set a variant in the present network, as one step of undo."""
        outcomes = self.studying.outcomes
        if outcomes is None:
            return
        variant = outcomes.study.variants[number]

        def edit(project: Project) -> Project:
            try:
                return made(project, variant)
            except StudyError as error:
                raise EditError(str(error)) from None

        before = self._document.project
        if self._document.do(f"Apply {variant.label}", edit, scope=()):
            same = self._document.project is before
            self.said.emit(f"{variant.label} {'is set already' if same else 'is set'}.")

    def _tell(self, sentence: str) -> None:
        self.said.emit(sentence)


def _called(folder: StudyDirectory) -> str:
    """What a study is called in a list: network, kind, what varies, how many runs, when it was begun."""
    try:
        study = folder.study()
        begun = folder.study_file.stat().st_mtime
    except (StudyError, OSError):
        return folder.path.name
    plan = study.plan
    kind = KINDS[plan.kind][0]
    varied = [*(item.path.rpartition(".")[2] for item in plan.variables), *plan.nodes]
    over = f" of {', '.join(varied[:NAMED])}{' …' if len(varied) > NAMED else ''}" if varied else ""
    runs = f"{numbers.count(len(study.variants) * plan.seeds)} runs"
    return f"{study.project.name} · {kind}{over} · {runs} · {numbers.moment(begun)}"
