"""Document: the project being edited, its history, its analysis and what is selected.

Every view reads from here and hears of every change through one signal. Nothing else holds state
of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.analysis import Analysis, Entered, analyse, entered
from engine.codegen import CodegenError, Source, write
from engine.fields import ParameterError
from engine.network import storage
from engine.network.edits import EditError
from engine.network.history import History
from engine.network.network import Instance
from engine.network.project import Project
from engine.network.scope import Scope, closed, followed, opened, reachable

Edit = Callable[[Project], Project]


class Document(QObject):
    """A project with undo. `changed(before, after)` follows every edit, undo, redo and load.

    Blocks can be entered: `shown` is the network at `scope` as a project of its own, which the
    canvas and the inspector show, and `shown_changed(before, after)` follows whatever changes it or
    its analysis. `refused` carries the sentence of an edit that could not be made; the project is
    then as it was.
    """

    changed = Signal(object, object)
    shown_changed = Signal(object, object)
    scope_changed = Signal(tuple)
    selection_changed = Signal(tuple)
    refused = Signal(str)
    saved_changed = Signal()
    """The file's path or the unsaved mark changed."""

    def __init__(self, project: Project | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = History(project or Project())
        self._saved = self._history.present
        self._selection: tuple[str, ...] = ()
        self._source: tuple[Project, Source | None] | None = None
        self.path: Path | None = None
        self.analysis: Analysis = analyse(self.project)
        self.scope: Scope = ()
        """The instances entered, outermost first."""
        self.shown: Project = self.project
        """The network at `scope`, as a project."""
        self.entered = Entered(self.project.network, self.analysis, {})
        """What is shown as it runs in the instance entered, all arithmetic done."""

    @property
    def project(self) -> Project:
        return self._history.present

    @property
    def shown_analysis(self) -> Analysis:
        return self.entered.analysis

    @property
    def modified(self) -> bool:
        """Whether there is something to save."""
        return self.project is not self._saved

    @property
    def source(self) -> Source | None:
        """The generated code; None while a problem stands in the way."""
        if self._source is None or self._source[0] is not self.project:
            try:
                written = write(self.project, self.analysis) if self.analysis.valid else None
            except CodegenError:
                written = None
            self._source = (self.project, written)
        return self._source[1]

    def do(
        self,
        label: str,
        edit: Edit,
        merge: str = "",
        scope: Scope | None = None,
        refused: Callable[[str], None] | None = None,
    ) -> bool:
        """Apply an edit as one step of undo; equal non-empty `merge` keys in a row become one step.

        The edit acts on `shown`, or on the inside of the block at another `scope`. Returns whether it
        could be done; the signal `refused` says why not, or the callable where there is one.
        """
        where = self.scope if scope is None else scope
        try:
            before = self.shown if where == self.scope else opened(self.project, where)
            after = edit(before)
            project = self.project if after is before else closed(self.project, where, after)
        except (EditError, ParameterError) as error:
            (refused or self.refused.emit)(str(error))
            return False
        if project is not self.project:
            self._go(self._history.do(label, project, merge))
        return True

    @property
    def undo_label(self) -> str:
        """What undo would take back; empty when there is nothing."""
        return self._history.undo_label if self._history.can_undo else ""

    @property
    def redo_label(self) -> str:
        return self._history.redo_label if self._history.can_redo else ""

    def undo(self) -> None:
        if self._history.can_undo:
            self._go(self._history.undo())

    def redo(self) -> None:
        if self._history.can_redo:
            self._go(self._history.redo())

    @property
    def selection(self) -> tuple[str, ...]:
        """Names of the selected nodes of what is shown, in the order of selecting."""
        return self._selection

    def select(self, names: Iterable[str]) -> None:
        """Select these nodes and no others; names that are not in what is shown are left out."""
        chosen = tuple(dict.fromkeys(name for name in names if name in self.shown.network.nodes))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit(chosen)

    @property
    def selected_paths(self) -> tuple[str, ...]:
        """The selected nodes as the whole project knows them: `conv1`, or `part/conv1` inside a block."""
        return tuple("/".join((*self.scope, name)) for name in self._selection)

    def select_paths(self, paths: Iterable[str]) -> None:
        """Show and select nodes given by their paths; those in another block than the first are left out."""
        split = [tuple(path.split("/")) for path in paths]
        scope = split[0][:-1] if split else self.scope
        self.enter(scope, [path[-1] for path in split if path[:-1] == scope])

    def look_again(self) -> None:
        """Analyse anew: more is known of the data than before."""
        self.analysis = analyse(self.project)
        shown = self.shown
        self._show(self.scope)
        self.changed.emit(self.project, self.project)
        self._tell_shown(shown, self._selection)

    def load(self, project: Project, path: Path | None, saved: bool = True) -> None:
        """Begin anew with another project; `saved` false marks it as having unsaved changes."""
        self.path = path
        self._go(History(project), ())
        self._saved = project if saved else Project()
        self.saved_changed.emit()

    def save(self, path: Path) -> None:
        """Write the file; raises `StorageError` and changes nothing when that fails."""
        storage.save(self.project, path)
        self.path = path
        self._saved = self.project
        self.saved_changed.emit()

    def enter(self, scope: Scope, select: Iterable[str] = ()) -> None:
        """Show the inside of the block at `scope`, or as near to it as there is one."""
        scope = reachable(self.project, scope)
        if scope == self.scope:
            self.select(select)
            return
        before, selected = self.shown, self._selection
        self._show(scope)
        self._selection = tuple(name for name in select if name in self.shown.network.nodes)
        self._tell_shown(before, selected)
        self.scope_changed.emit(scope)

    def show_problem(self, scope: Scope, name: str) -> None:
        """Select a node that has a problem; where it lies inside its block, go in to where it is."""
        self.enter(scope, [name])
        while isinstance(self.shown.network.nodes[name].content, Instance):
            inner = (*self.scope, name)
            if reachable(self.project, inner) != inner:
                return
            problems = entered(self.project, self.analysis, inner).analysis.problems
            errors = [problem for problem in problems if problem.severity == "error"]
            if not errors:
                return
            self.enter(inner, [errors[0].node])
            name = errors[0].node
            if not name:
                return

    def _go(self, history: History, selection: tuple[str, ...] | None = None) -> None:
        """Come to another state; what was selected stays so, unless `selection` says what is."""
        before, selected = self.project, self._selection
        shown, scope = self.shown, self.scope
        self._history = history
        self.analysis = analyse(self.project, self.analysis)
        self._show(followed(before, self.project, scope) if selection is None else ())
        kept = selected if selection is None else selection
        self._selection = tuple(name for name in kept if name in self.shown.network.nodes)
        self.changed.emit(before, self.project)
        self._tell_shown(shown, selected)
        if self.scope != scope:
            self.scope_changed.emit(self.scope)
        self.saved_changed.emit()

    def _show(self, scope: Scope) -> None:
        self.scope = scope
        self.shown = opened(self.project, scope)
        if scope:
            self.entered = entered(self.project, self.analysis, scope)
        else:
            self.entered = Entered(self.project.network, self.analysis, {})

    def _tell_shown(self, before: Project, selected: tuple[str, ...]) -> None:
        self.shown_changed.emit(before, self.shown)
        if self._selection != selected:
            self.selection_changed.emit(self._selection)
