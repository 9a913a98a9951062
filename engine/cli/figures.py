"""What `runs show` tells beyond a run's summary: figures by class, and what ails it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.cli.console import console, count

if TYPE_CHECKING:
    from engine.training.diagnosis import Finding
    from engine.training.rundir import RunDirectory

_CLASSES = 20
"""Classes that people are shown, those with the least recall first; programs are told all."""


def figures(run: RunDirectory) -> dict[str, Any]:
    """For programs: `classes` of the images guessed last (of the test images, where there are any), the
    `confusion` of true classes, rows, and guessed ones, columns, and the `diagnosis`. Raises `RunError`,
    `EventError`, `StorageError`.
    """
    return {**_classes(run), "diagnosis": [_told(finding) for finding in _findings(run)]}


def show_figures(run: RunDirectory) -> None:
    """For people: the same. Raises as `figures`."""
    from rich.table import Table

    screen = console()
    for finding in _findings(run):
        screen.print(f"{finding.title}: {finding.message}", soft_wrap=True, markup=False)
    found: list[dict[str, Any]] = _classes(run)["classes"]
    if not found:
        return
    table = Table()
    table.add_column("class", no_wrap=True)
    for heading in ("images", "precision", "recall"):
        table.add_column(heading, justify="right", no_wrap=True)
    worst = sorted(found, key=lambda item: (item["recall"] is None, item["recall"] or 0.0))
    shown = {id(item) for item in worst[:_CLASSES]}
    for item in found:
        if id(item) in shown:
            figures = (_part(item["precision"]), _part(item["recall"]))
            table.add_row(item["class"], count(item["images"]), *figures)
    screen.print(table)
    if len(found) > _CLASSES:
        screen.print(
            f"These are the {_CLASSES} of {count(len(found))} classes with the least recall."
        )


def _classes(run: RunDirectory) -> dict[str, Any]:
    from engine.training.predictions import confusion, precision_recall, read_predictions

    predictions = read_predictions(run, "test") or read_predictions(run, "validation")
    names = run.state().classes
    if predictions is None or not names:
        return {"classes": [], "confusion": []}
    matrix = confusion(predictions.labels, predictions.guesses, len(names))
    columns = (matrix.sum(axis=1), *precision_recall(matrix))
    rows = zip(names, *(column.tolist() for column in columns), strict=True)
    classes = [
        {"class": name, "images": images, "precision": _known(right), "recall": _known(found)}
        for name, images, right, found in rows
    ]
    return {"classes": classes, "confusion": matrix.tolist()}


def _findings(run: RunDirectory) -> tuple[Finding, ...]:
    from engine.training.diagnosis import Past, diagnose

    past = Past()
    past.take(run.events()[0])
    return diagnose(run.project(), past)


def _told(finding: Finding) -> dict[str, str]:
    return {
        "ailment": finding.ailment,
        "node": finding.node,
        "severity": finding.severity,
        "message": finding.message,
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _part(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"
