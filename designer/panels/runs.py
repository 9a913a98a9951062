"""The panel of runs: all that was trained, to find, name, compare, open again and delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.inspector.parts import Empty, Sentence, panel, tool
from designer.runlist.head import CURVES, DIFFERENCES, LIST, RunsHead
from designer.style import SPACE, numbers
from engine.training.about import change_about, tidy_tags
from engine.training.rundir import RunDirectory, RunError
from engine.training.runlist import remember
from engine.training.summary import Summary

if TYPE_CHECKING:
    from designer.runlist.curves import RunCurves

TICK_MS = 150
"""How often what was read is taken over, while the panel is visible."""
LIVE_TICKS, WHOLE_TICKS = 7, 80
"""After how many of these runs that go on are looked at again, and all runs."""


class RunsPanel(QWidget):
    """Everything is made when it is first shown, and read while it is visible."""

    opened = Signal(object)
    """A run whose network, curves and weights are to be shown."""
    weights_wanted = Signal(object)
    """A run whose weights the viewers are to show."""
    export_wanted = Signal(object)
    go_on_wanted = Signal(object)
    fork_wanted = Signal(object, object)
    """A run, and the folder of one of its checkpoints."""
    side_by_side = Signal(object, object)
    """Two `.convo` files to compare."""
    deleted = Signal(list)
    """The paths of runs that are gone."""
    said = Signal(str)
    failed = Signal(str)
    """One sentence for people: what was done, or what could not be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        panel(self)
        self._built = False
        self._ticks = 0
        self.looked = False
        """Whether all runs were read once."""
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(360, 170)

    # Building

    def _build(self) -> None:
        from designer.runlist.compared import Compared
        from designer.runlist.differences import Differences
        from designer.runlist.reading import RunsReader
        from designer.runlist.removal import Removal
        from designer.runlist.rows import RunsModel
        from designer.runlist.table import RunsTable

        self._built = True
        self.reader = RunsReader()
        self.removal = Removal()
        self._deleted: list[Summary] = []
        self.compared = Compared()
        self.model = RunsModel(self)
        self.table = RunsTable()
        self.table.setModel(self.model)
        self.table.prepare()
        self.curves: RunCurves | None = None
        self.differences = Differences()
        self.empty = Empty("", "", "chart")
        self.head = RunsHead()
        self.head.menu.addAction("Open a run that lies elsewhere…", self.choose_run)
        self.head.menu.addAction("Show curves from TensorBoard files…", self.choose_foreign)
        self.foot = Sentence("muted")
        self.foot.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.head)
        layout.addWidget(self._notice())
        layout.addLayout(self._stack, 1)
        # Not before: the first widget of a layout without a parent is shown as a window of its own.
        for page in (self.table, self.differences, self.empty):
            self._stack.addWidget(page)
        layout.addWidget(self.foot)
        self._connect()
        self._show_page()

    def _notice(self) -> QFrame:
        self.notice = QFrame()
        self.notice.setProperty("role", "advice")
        self.notice_text = Sentence()
        self.undo = QPushButton("Undo")
        close = tool("✕", tip="Close")
        close.clicked.connect(self.notice.hide)
        row = QHBoxLayout(self.notice)
        row.setContentsMargins(3 * SPACE, SPACE, 2 * SPACE, SPACE)
        for item, stretch in ((self.notice_text, 1), (self.undo, 0), (close, 0)):
            row.addWidget(item, stretch)
        self.notice.hide()
        return self.notice

    def _connect(self) -> None:
        from designer.runlist.menu import show_menu

        head = self.head
        head.search.textChanged.connect(self._filter)
        head.chosen.connect(lambda _: self._show_page())
        head.list_wanted.connect(self._take_keys)
        self.table.opened.connect(self.opened)
        self.table.compared.connect(self.compare)
        self.table.deleted.connect(self.delete)
        self.table.menu_requested.connect(lambda where: show_menu(self, where))
        self.table.selectionModel().selectionChanged.connect(self._show_selection)
        self.table.selectionModel().currentChanged.connect(self._show_selection)
        self.model.said.connect(self._say)
        head.open.clicked.connect(lambda: self._with_selected(self.opened))
        head.weights.clicked.connect(lambda: self._with_selected(self.weights_wanted))
        head.export.clicked.connect(lambda: self._with_selected(self.export_wanted))
        head.delete.clicked.connect(lambda: self.delete(self.table.selected))
        self.undo.clicked.connect(self._undo)
        self.differences.side_by_side.connect(self.side_by_side)

    # Reading

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._built:
            self._build()
        self._ticks = 0
        self.reader.look(whole=True)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def refresh(self) -> None:
        """Look at all runs now, if the panel is visible; else it does when it is shown."""
        if self.isVisible():
            self.reader.look(whole=True)

    def close_reader(self) -> None:
        """The program ends: read no more, and delete for good what was put aside."""
        self._timer.stop()
        if self._built:
            self.reader.close()
            self.removal.close()

    def _tick(self) -> None:
        from designer.runlist.reading import ForeignRead, Gone, Looked, Story

        self._ticks += 1
        if self._ticks % WHOLE_TICKS == 0:
            self.reader.look(whole=True)
        elif self._ticks % LIVE_TICKS == 0:
            self.reader.look(whole=False)
        runs: list[Summary] = []
        gone: list[Path] = []
        drawn = looked = False
        for told in self.reader.poll():
            match told:
                case Summary():
                    runs.append(told)
                case Gone():
                    gone.append(told.path)
                case Story():
                    drawn |= self.compared.take(told)
                case ForeignRead():
                    self._take_foreign(told)
                case Looked():
                    looked = True
        if runs or gone:
            self.model.take(runs, gone)
            for path in gone:
                self.compared.drop(path)
            self._mark()
            self._show_selection()
        if looked and not self.looked:
            self.looked = True
            self._show_page()
        elif runs or gone:
            self._show_page()
        elif drawn:
            self._draw()

    # Showing

    def show_page(self, page: str) -> None:
        """Choose list, curves or differences."""
        self.head.show_page(page)
        self._show_page()

    def _show_page(self) -> None:
        self.head.fit()
        shown, page = len(self.model.shown), self.head.page
        self.foot.setVisible(page == LIST and shown > 0)
        self._show_caption()
        if page == LIST and shown:
            self._stack.setCurrentWidget(self.table)
        elif page == LIST:
            self._show_nothing()
        elif page == CURVES and len(self.compared):
            self._draw()
        elif page == DIFFERENCES and len(self.compared.marks) >= 2:
            known = self.model.known
            marks = sorted(self.compared.marks.items(), key=lambda item: item[1])
            self.differences.show_runs(
                [(known[path], mark) for path, mark in marks if path in known]
            )
            self._stack.setCurrentWidget(self.differences)
        else:
            least = "Two or more runs" if page == DIFFERENCES else "Runs"
            self.empty.say(
                "Nothing is compared yet",
                f"{least} are compared here that are marked in the list: click the ring before a "
                "name, or press Space.",
            )
            self._stack.setCurrentWidget(self.empty)

    def _show_nothing(self) -> None:
        if not self.looked:
            self.empty.say("Looking for runs", "They are read from the disk.")
        elif self.model.known:
            self.empty.say("No run suits the filter", "Words are found in names, tags and notes.")
        else:
            self.empty.say("No runs yet", "Every training is kept here. Press Train for the first.")
        self._stack.setCurrentWidget(self.empty)

    def _draw(self) -> None:
        if self.head.page != CURVES or not len(self.compared):
            return
        if self.curves is None:
            from designer.runlist.curves import RunCurves

            self.curves = RunCurves()
            self.curves.key.left_out.connect(self._leave_out)
            self.curves.said.connect(self.said)
            self._stack.addWidget(self.curves)
        compared = self.compared
        self.curves.show_curves(
            compared.curves(self.model.known), compared.loss, compared.measures_accuracy
        )
        self._stack.setCurrentWidget(self.curves)

    def _show_caption(self) -> None:
        known, shown = len(self.model.known), len(self.model.shown)
        count = numbers.count(known) if shown == known else f"{shown:,} of {known:,}"
        text = f"{count} run{'s' if known != 1 else ''}"
        if len(self.compared):
            text += f" · {len(self.compared)} compared"
        self.head.caption.say(text)

    def _show_selection(self) -> None:
        chosen = self.table.selected
        self.head.show_selected(len(chosen))
        run = chosen[0] if len(chosen) == 1 else None
        note = " ".join(run.about.note.split()) if run is not None else ""
        said = (run.trouble or run.message or note or str(run.path)) if run is not None else ""
        self.foot.say(f"{len(chosen)} runs selected" if len(chosen) > 1 else said)

    def _filter(self, text: str) -> None:
        self.model.filter(text)
        self._show_page()
        self._show_selection()

    def _take_keys(self) -> None:
        """From the filter to what it has found."""
        if self.table.isVisible():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self.table.selected:
                self.table.selectRow(0)

    # Doing

    def _with_selected(self, signal: SignalInstance) -> None:
        for run in self.table.selected[:1]:
            signal.emit(run)

    def compare(self, runs: Sequence[Summary]) -> None:
        """Compare these runs, or if all of them are compared, no longer."""
        self._tell_left(self.compared.toggle(runs))
        self._mark()
        self._show_page()

    def _leave_out(self, place: int) -> None:
        curves = self.compared.curves(self.model.known)
        self.compared.drop_number(curves[place].color)
        self._mark()
        self._show_page()

    def _mark(self) -> None:
        self.model.mark(self.compared.marks)
        self.reader.follow(self.compared.marks)

    def _tell_left(self, left: int) -> None:
        from designer.runlist.compared import MOST

        if left:
            runs = "1 run is" if left == 1 else f"{left:,} runs are"
            self.failed.emit(f"{MOST} runs are compared at most; {runs} left out.")

    def _say(self, run: Summary, field: str, text: str) -> None:
        """Keep what was typed of a run."""
        value = tidy_tags(text.split(",")) if field == "tags" else text
        try:
            about = change_about(RunDirectory(run.path), **{field: value})  # type: ignore[arg-type]
        except RunError as error:
            self.failed.emit(str(error))
            return
        self.model.take([replace(run, about=about)])
        self._show_selection()

    def delete(self, runs: Sequence[Summary]) -> None:
        """Delete these runs, as far as that is possible; it can be taken back."""
        for trouble in self.removal.remove(runs):
            self.failed.emit(trouble)
        self._deleted = [run for run in runs if not run.path.exists()]
        gone = [run.path for run in self._deleted]
        self._forget(gone)
        count = len(self.removal.last)
        if gone:
            self.notice_text.say(
                f"{'1 run is' if len(gone) == 1 else f'{len(gone)} runs are'} deleted."
            )
            self.undo.setVisible(count > 0)
            self.notice.show()

    def _forget(self, gone: Sequence[Path]) -> None:
        self.model.take((), gone)
        for path in gone:
            self.compared.drop(path)
        self._mark()
        self._show_page()
        self._show_selection()
        self.deleted.emit(list(gone))
        self.reader.look(whole=True)

    def _undo(self) -> None:
        for trouble in self.removal.undo():
            self.failed.emit(trouble)
        self.notice.hide()
        self.model.take(run for run in self._deleted if run.path.is_dir())
        self._show_page()
        self.reader.look(whole=True)

    def choose_run(self) -> None:
        """Ask for the folder of a run, and have it in the list."""
        name = QFileDialog.getExistingDirectory(self, "Open a run", str(Path.cwd()))
        if name:
            self.add_run(Path(name))

    def add_run(self, path: Path) -> None:
        """Have a run in the list that lies anywhere."""
        try:
            remember(path)
        except RunError as error:
            self.failed.emit(str(error))
            return
        self.reader.look(whole=True)

    def choose_foreign(self) -> None:
        """Ask for a folder of event files, and show its curves."""
        name = QFileDialog.getExistingDirectory(
            self, "Show curves from TensorBoard files", str(Path.cwd())
        )
        if name:
            self.reader.read_foreign(Path(name))

    def _take_foreign(self, told: object) -> None:
        from designer.runlist.reading import ForeignRead

        assert isinstance(told, ForeignRead)
        if told.trouble:
            self.failed.emit(told.trouble)
            return
        self._tell_left(self.compared.add_foreign(told.runs))
        self.show_page(CURVES)
