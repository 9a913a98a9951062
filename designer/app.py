"""The application: the only place that wires everything together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from PySide6.QtCore import QPoint, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QLayout, QMainWindow, QMenu, QMessageBox

from designer.actions import BUSY, COMMANDS, CONTEXT, MENUS, Command
from designer.blocks import Blocks
from designer.canvas.view import CanvasView
from designer.catching import catch_everything, catch_qt
from designer.collecting import Collector
from designer.command_palette import CommandPalette
from designer.describing import Describing
from designer.diagnosing import Diagnosing
from designer.docks import Docks
from designer.document import Document
from designer.files import Files
from designer.inspector.inspector import Inspector
from designer.panels.code import CodePanel
from designer.panels.data import DataPanel
from designer.panels.diagnosis import DiagnosisPanel
from designer.panels.fit import FitPanel
from designer.panels.layer_table import LayerTable
from designer.panels.metrics import MetricsPanel
from designer.panels.palette import Palette
from designer.panels.problems import ProblemsPanel
from designer.panels.recipe import RecipePanel
from designer.panels.runs import RunsPanel
from designer.panels.status import StatusPanel
from designer.panels.studies import StudiesPanel
from designer.panels.training import TrainingPanel
from designer.reopening import Reopening
from designer.style import theme
from designer.style.icons import icon
from designer.style.ring import ring_focus
from designer.toast import Toast
from designer.topbar import TopBar
from designer.viewers.feature_maps import FeatureMaps
from designer.watching import Watching
from designer.workshop import Workshop
from engine.data.home import home
from engine.network.project import Project
from engine.network.scope import block_name, reachable

WARM_UP_MS = 500
"""How long after the window stands the worker processes are started."""
LAYOUT_VERSION = 3
DESIGNED, FRAME = QSize(1440, 900), QSize(16, 40)
"""The first window, and what window managers put around it; a screen without room for both is filled."""


class MainWindow(QMainWindow):
    """The designer: the canvas in the middle, docks around it, one document, one workshop."""

    def __init__(self, settings: QSettings | None = None) -> None:
        super().__init__()
        self.setObjectName("main")
        self.settings = settings or _settings()
        self.document = Document(parent=self)
        Describing(self.document)
        ring_focus()
        self.workshop = Workshop(self)
        self.diagnosing = Diagnosing(self.document, self.workshop)
        self._collector = Collector(self)
        self.files = Files(self.document, self, self._last_run)
        self.blocks = Blocks(self.document, self)
        self.canvas = CanvasView(self.document)
        self.setCentralWidget(self.canvas)
        self.toast = Toast(self.canvas)
        self.actions_by_name = {command.name: self._action(command) for command in COMMANDS}
        self.bar = TopBar(self.document, self.workshop, self.actions_by_name, self)
        self.addToolBar(self.bar)
        self._arrangement = self._add_docks()
        self.docks = self._arrangement.by_title
        self._add_menus()
        self.status = StatusPanel(self.document, self.workshop)
        self.statusBar().addWidget(self.status, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.command_palette = CommandPalette(list(self.actions_by_name.values()), self)
        self._connect()
        # Amid the adding of docks Qt held them all side by side, and the window that wide.
        cast(QLayout, self.layout()).activate()
        self.resize(DESIGNED)
        self._default_state = self.saveState(LAYOUT_VERSION)
        self._restore_layout()
        self.watching = Watching(self)
        self.reopening = Reopening(self)
        self._show_title()
        self._show_actions()

    # Building

    def _action(self, command: Command) -> QAction:
        action = QAction(command.label, self)
        action.setObjectName(command.name)
        if command.icon:
            action.setIcon(icon(command.icon))
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
            shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{command.tip or command.label} ({shortcut})")
        elif command.tip:
            action.setToolTip(command.tip)
        action.triggered.connect(lambda: command.run(self))
        if command.on_canvas:
            self.canvas.addAction(action)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            self.addAction(action)
        return action

    def _add_docks(self) -> Docks:
        self.palette_panel = Palette(self.document, self.blocks)
        self.inspector = Inspector(self.document)
        self.fit_panel = FitPanel(self.document)
        self.recipe = RecipePanel(self.document, self.workshop)
        self.training = TrainingPanel(self.document, self.workshop)
        self.metrics = MetricsPanel(self.document, self.workshop)
        self.diagnosis = DiagnosisPanel(self.document, self.diagnosing)
        self.runs = RunsPanel()
        self.studies = StudiesPanel(self.document)
        self.feature_maps = FeatureMaps(self.document, self.workshop)
        self.data = DataPanel(self.document, self.workshop)
        self.layer_table = LayerTable(self.document)
        self.code = CodePanel(self.document)
        self.problems = ProblemsPanel(self.document)
        return Docks(
            self,
            left=[("Layers", self.palette_panel)],
            right=[
                ("Inspector", self.inspector),
                ("Make it fit", self.fit_panel),
                ("Data and recipe", self.recipe),
            ],
            bottom=[
                ("Training", self.training),
                ("Metrics", self.metrics),
                ("Diagnosis", self.diagnosis),
                ("Runs", self.runs),
                ("Studies", self.studies),
                ("Feature maps", self.feature_maps),
                ("Data", self.data),
                ("Layer table", self.layer_table),
                ("Code", self.code),
                ("Problems", self.problems),
            ],
        )

    def _add_menus(self) -> None:
        self.menus = {name: self.menuBar().addMenu(f"&{name}") for name in MENUS}
        for command in COMMANDS:
            if command.name == "reset_layout":
                self._add_panel_menu()
            self.menus[command.menu].addAction(self.actions_by_name[command.name])
            if command.name == "open":
                self._recent_menu = self.menus["File"].addMenu("Open recent")
                self._recent_menu.aboutToShow.connect(self._fill_recent)
            if command.ends_group:
                self.menus[command.menu].addSeparator()

    def _add_panel_menu(self) -> None:
        panels = self.menus["View"].addMenu("Panels")
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())

    def _connect(self) -> None:
        document, workshop = self.document, self.workshop
        document.changed.connect(self._follow_document)
        document.selection_changed.connect(self._show_actions)
        document.scope_changed.connect(self._show_actions)
        self.blocks.said.connect(self.toast.say)
        self.blocks.made.connect(self.canvas.rename)
        self.inspector.unpack_requested.connect(self.blocks.unpack)
        self.inspector.save_requested.connect(self.blocks.keep)
        document.saved_changed.connect(self._show_title)
        document.refused.connect(lambda text: self.toast.say(text, error=True))
        workshop.status_changed.connect(self._follow_status)
        workshop.failed.connect(self._tell_failure)
        self.files.said.connect(self.toast.say)
        self.files.failed.connect(lambda text: self.toast.say(text, error=True))
        self.canvas.menu_requested.connect(self._show_canvas_menu)
        self.canvas.picked.connect(self._show_actions)
        self.canvas.settings_requested.connect(self.edit_settings)
        self.palette_panel.template_chosen.connect(self.files.open_template)
        self.training.train_requested.connect(self.train)
        self.training.said.connect(self.toast.say)
        self.bar.location_wanted.connect(self.ask_location)
        self.data.asked_for.connect(lambda: self._arrangement.bring_forward("Data"))
        self.diagnosing.changed.connect(self._show_findings)
        self.canvas.found.chosen.connect(self._show_finding)
        self.metrics.images_wanted.connect(self.data.show_rows)
        self.metrics.said.connect(self.toast.say)
        self.studies.said.connect(self.toast.say)
        self.studies.open_requested.connect(self.files.begin)

    # Commands

    def new(self) -> None:
        """Begin an empty network."""
        self.files.begin(Project())
        self.canvas.setFocus()

    def train(self) -> None:
        """Train the present network; the curves come to the front."""
        # The problem without which there is no training comes first, errors before all.
        for problem in self.document.analysis.problems:
            if problem.severity == "error" or problem.parameter == "data":
                self.toast.say(problem.message, error=True)
                return
        self.docks["Training"].raise_()
        self.workshop.train(self.document.project)

    def pause_or_resume(self) -> None:
        """Hold a running training, or let a held one go on."""
        if self.workshop.status == "paused":
            self.workshop.resume()
        else:
            self.workshop.pause()

    def make_it_fit(self) -> None:
        """Say what the selected layers should give, and get the settings that do."""
        self._arrangement.bring_forward("Make it fit")
        self.fit_panel.begin()

    def ask_location(self) -> None:
        """Let it be said where own images lie."""
        self._arrangement.bring_forward("Data and recipe")
        self.recipe.ask_location()

    def edit_settings(self) -> None:
        """Put the keyboard into the settings of what is selected: a frame's words, or the inspector."""
        if self.canvas.picking.frame is not None:
            self.canvas.rename()
            return
        self._arrangement.bring_forward("Inspector")
        self.inspector.take_keys()

    def keep_block(self) -> None:
        """Put the selected instance's block, or the one entered, into the user's own."""
        document = self.document
        scope = (*document.scope, *document.selection[:1])
        self.blocks.keep(block_name(document.project, reachable(document.project, scope)))

    def toggle_theme(self) -> None:
        """Go to the other of light and dark; remembered."""
        choice = "light" if theme().tokens.name == "dark" else "dark"
        theme().apply(choice)
        self.settings.setValue("theme", choice)

    def reset_layout(self) -> None:
        """Put every panel back where it was on the first start."""
        self.restoreState(self._default_state, LAYOUT_VERSION)

    def search_commands(self) -> None:
        """Open the command palette."""
        self.command_palette.open()

    def about(self) -> None:
        """Say what this is."""
        box = QMessageBox(self)
        box.setWindowTitle("About Convoscope")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText("Convoscope 0.1.0\n\nDraw a convolutional network, train it, look inside.")
        box.setInformativeText("MIT licence. Fonts: Inter and JetBrains Mono (OFL 1.1).")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # Following

    def _follow_document(self) -> None:
        self.workshop.set_project(self.document.project, self.document.source)
        self._show_actions()

    def _tell_failure(self, sentence: str) -> None:
        if not self.training.tells(sentence):
            self.toast.say(sentence, error=True)

    def _follow_status(self, status: str) -> None:
        self.actions_by_name["pause"].setText("Resume" if status == "paused" else "Pause")
        self.actions_by_name["pause"].setIcon(icon("play" if status == "paused" else "pause"))
        self._show_actions()

    def _show_actions(self) -> None:
        for command in COMMANDS:
            self.actions_by_name[command.name].setEnabled(command.enabled(self))
        for name, label in (("undo", self.document.undo_label), ("redo", self.document.redo_label)):
            verb = name.capitalize()
            self.actions_by_name[name].setText(f"{verb} {label}" if label else verb)
        count = len(self.document.analysis.problems)
        self.docks["Problems"].setWindowTitle(f"Problems ({count})" if count else "Problems")

    def _show_findings(self) -> None:
        """What ails the run: on the cards of its nodes, and how much it is on its panel's tab."""
        self.canvas.found.show_findings(self.diagnosing.pinned())
        count = len(self.diagnosing.findings)
        self.docks["Diagnosis"].setWindowTitle(f"Diagnosis ({count})" if count else "Diagnosis")

    def _show_finding(self, path: str) -> None:
        self._arrangement.bring_forward("Diagnosis")
        self.diagnosis.choose(path)

    def _show_title(self) -> None:
        path = self.document.path
        name = path.name if path else self.document.project.name
        self.setWindowTitle(f"{name}[*] – Convoscope")
        self.setWindowModified(self.document.modified)

    def _show_canvas_menu(self, where: QPoint, what: str) -> None:
        """The commands that suit what is under the pointer: a node, a link, a frame, or nothing."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in CONTEXT[what]:
            if not name:
                menu.addSeparator()
            elif self.actions_by_name[name].isEnabled():
                menu.addAction(self.actions_by_name[name])
        menu.popup(where)

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self.files.recent():
            self._recent_menu.addAction(path.name, lambda p=path: self.files.open(p)).setToolTip(
                str(path)
            )
        unsaved = self.files.unsaved()
        if unsaved:
            self._recent_menu.addSection("Not saved")
        for path in unsaved:
            self._recent_menu.addAction(path.stem, lambda p=path: self.files.open(p))
        if self._recent_menu.isEmpty():
            self._recent_menu.addAction("Nothing yet").setEnabled(False)

    def _last_run(self) -> Path | None:
        """The run whose weights an export takes along: one that has ended."""
        run = self.workshop.run
        if run is None or self.workshop.status in BUSY or not run.weights_file.is_file():
            return None
        return run.path

    # Coming and going

    def start(self, path: Path | None) -> None:
        """Open `path` or what was open last, show the window, then wake the workers."""
        if path is None or not self.files.open(path):
            self.files.restore()
        room = self.screen().availableGeometry().size()
        if (
            self.settings.value("geometry") is None
            and (DESIGNED + FRAME).boundedTo(room) != DESIGNED + FRAME
        ):
            self.showMaximized()
        else:
            self.show()
        self.canvas.fit()
        QTimer.singleShot(WARM_UP_MS, self._wake)

    def _wake(self) -> None:
        self.workshop.take_up(self.document.project)
        self.workshop.warm_up()
        self.workshop.set_project(self.document.project, self.document.source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # From whatever panel: when there is nothing there to take back, back to the canvas.
        if event.key() == Qt.Key.Key_Escape:
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrangement.follow(event.size())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrangement.tidy()
        self.canvas.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.files.autosave()
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("state", self.saveState(LAYOUT_VERSION))
        self.recipe.rate_test.end()
        self.studies.close_down()
        self.workshop.close()
        self.runs.close_reader()
        self.metrics.close_reader()
        self._collector.stop()
        super().closeEvent(event)

    def _restore_layout(self) -> None:
        geometry, state = self.settings.value("geometry"), self.settings.value("state")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is not None:
            self.restoreState(state, LAYOUT_VERSION)


def _settings() -> QSettings:
    return QSettings(str(home() / "window.ini"), QSettings.Format.IniFormat)


def application() -> QApplication:
    """The one QApplication, with our style."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    catch_qt()
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Convoscope")
    app.setDesktopFileName("convoscope")
    app.setWindowIcon(icon("app", "accent"))
    return app


def main(arguments: Sequence[str] = (), measure: str = "") -> int:
    """Open the designer, on the `.convo` file in `arguments` if there is one; returns the exit code.

    With `measure` (see `designer.probe` and `designer.canvas_probe`) it prints one line of JSON and closes.
    """
    app = application()
    if measure.startswith("canvas "):
        from designer import canvas_probe

        _, frames, what = measure.split()
        return canvas_probe.measure(Path(arguments[0]), int(frames), what)
    settings = _settings()
    theme().apply(str(settings.value("theme", "system")))
    window = MainWindow(settings)
    catch_everything(lambda text: window.toast.say(text, error=True))
    window.start(Path(arguments[0]) if arguments else None)
    if measure:
        from designer.probe import probe

        probe(window, measure)
    return app.exec()
