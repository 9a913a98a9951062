"""The commands of the Run menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.actions.command import BUSY, Command, selected

if TYPE_CHECKING:
    from designer.app import MainWindow


def _can_train(window: MainWindow) -> bool:
    return window.document.analysis.valid and window.workshop.status not in BUSY


def _running(window: MainWindow) -> bool:
    return window.workshop.status in BUSY


def _pausable(window: MainWindow) -> bool:
    return window.workshop.status in ("running", "paused")


def _study(window: MainWindow) -> None:
    window.docks["Studies"].show()
    window.docks["Studies"].raise_()
    window.studies.show_page(window.studies.setup)


def _ablate(window: MainWindow) -> None:
    _study(window)
    window.studies.ablate()


RUN: tuple[Command, ...] = (
    Command(
        "train",
        "Train",
        "Run",
        lambda w: w.train(),
        "Ctrl+Return",
        "play",
        _can_train,
        "Start training",
    ),
    Command(
        "pause",
        "Pause",
        "Run",
        lambda w: w.pause_or_resume(),
        "Ctrl+P",
        "pause",
        _pausable,
        "Pause training, or go on",
    ),
    Command(
        "stop",
        "Stop",
        "Run",
        lambda w: w.workshop.stop(),
        "Ctrl+.",
        "stop",
        _running,
        "End training and keep what was learned",
    ),
    Command(
        "study",
        "Study…",
        "Run",
        _study,
        tip="Train many runs that differ in one respect, and compare them",
    ),
    Command(
        "ablate",
        "Ablate the selection…",
        "Run",
        _ablate,
        enabled=selected,
        tip="Train without each of the selected nodes in turn, to see what it is worth",
    ),
)
