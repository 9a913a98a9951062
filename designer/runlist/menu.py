"""What can be done with the selected runs, as a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from designer.runlist.rows import status_of
from designer.style import numbers
from engine.training.rundir import LIVE, RunDirectory
from engine.training.standing import standings
from engine.training.summary import Summary

if TYPE_CHECKING:
    from designer.panels.runs import RunsPanel


def show_menu(panel: RunsPanel, where: QPoint) -> None:
    """Open the menu for the selected runs at a place in global pixels."""
    runs = panel.table.selected
    menu = QMenu(panel)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if len(runs) == 1:
        _add_single(menu, panel, runs[0])
    compared = all(run.path in panel.compared.marks for run in runs)
    text = "Compare no longer" if compared else "Compare"
    menu.addAction(f"{text}\tSpace", lambda: panel.compare(runs))
    menu.addSeparator()
    menu.addAction("Delete\tDel", lambda: panel.delete(runs))
    menu.popup(where)


def _add_single(menu: QMenu, panel: RunsPanel, run: Summary) -> None:
    directory = RunDirectory(run.path)
    menu.addAction("Open network, curves and weights\tEnter", lambda: panel.opened.emit(run))
    menu.addAction("Show its weights in the viewers", lambda: panel.weights_wanted.emit(run))
    menu.addAction("Export code and weights…", lambda: panel.export_wanted.emit(run))
    menu.addSeparator()
    found = standings(directory)
    ended = status_of(run) not in LIVE
    go_on = menu.addAction("Go on from where it ended", lambda: panel.go_on_wanted.emit(run))
    go_on.setEnabled(ended and bool(found) and run.epochs_done < run.epochs)
    fork = menu.addMenu("Fork from")
    fork.setEnabled(bool(found))
    for folder, standing in reversed(list(found.items())):
        text = f"step {numbers.count(standing.step)}, epoch {standing.epoch}"
        if standing.check is not None:
            text += f", loss {numbers.real(standing.check)}"
        fork.addAction(text, lambda folder=folder: panel.fork_wanted.emit(run, folder))
    menu.addSeparator()
    menu.addAction("Rename\tF2", panel.table.rename)
    menu.addAction("Tags…", lambda: panel.table.edit_field("tags"))
    menu.addAction("Note…", lambda: panel.table.edit_field("note"))
    menu.addAction("Copy its path", lambda: QGuiApplication.clipboard().setText(str(run.path)))
    menu.addSeparator()
