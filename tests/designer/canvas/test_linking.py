"""Linking nodes that are there already, by keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.linking import Linking
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project

from .conftest import links


def branches() -> Project:
    """An input that feeds three convolutions, the first below the others; a Concat that waits."""
    project = edits.append(Project(), layer("Input"), None, (0.0, 0.0))
    for y in (400.0, 0.0, 200.0):
        project = edits.append(project, layer("Conv2d"), "input1", (300.0, y))
    return edits.add(project, layer("Concat"), (600.0, 0.0))


def ask(view: CanvasView, *names: str) -> Linking:
    QApplication.processEvents()
    view.document.select(names)
    view.adding.linking.ask()
    assert view.adding.linking.popup is not None
    return view.adding.linking


def offered(linking: Linking) -> dict[str, str]:
    """What the search shows, with the line under each name."""
    popup = linking.popup
    assert popup is not None
    entries = [
        popup.model.item(row).data(Qt.ItemDataRole.UserRole + 1)
        for row in range(popup.model.rowCount())
    ]
    return {entry.label: entry.purpose for entry in entries}


def test_a_few_letters_and_enter_link_the_selected_node(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(branches())
    linking = ask(view, "conv2")
    popup = linking.popup
    assert popup is not None and popup.field.hasFocus()
    QTest.keyClicks(popup.field, "conc")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert Link("conv2", "concat1") in links(view)
    assert view.hasFocus() and linking.popup is None
    view.document.undo()
    assert view.document.project == branches()


def test_all_selected_nodes_are_linked_from_the_top_down_in_one_step(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(branches())
    popup = ask(view, "conv1", "conv2", "conv3").popup
    assert popup is not None
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    feeds = sorted((link.input, link.source) for link in links(view) if link.target == "concat1")
    assert feeds == [(0, "conv2"), (1, "conv3"), (2, "conv1")]
    view.document.undo()
    assert view.document.project == branches()


def test_what_would_make_a_loop_is_not_offered_and_what_does_not_fit_says_why(
    canvas: CanvasView,
) -> None:
    names = offered(ask(canvas, "conv1"))
    assert "input1" not in names and "conv1" not in names
    assert names["dense1"].startswith("dense1 ")
    assert list(names)[-1] == "dense1"


def test_escape_leaves_nothing_and_the_view_where_it_was(canvas: CanvasView) -> None:
    before, look = canvas.document.project, (canvas.zoom, canvas.offset)
    popup = ask(canvas, "conv1").popup
    assert popup is not None
    QTest.keyClick(popup.field, Qt.Key.Key_Down)
    QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    assert canvas.document.project is before
    assert (canvas.zoom, canvas.offset) == look
    assert canvas.hasFocus() and not canvas.document.undo_label


def test_an_output_asks_what_feeds_it(make_canvas: Callable[[Project], CanvasView]) -> None:
    project = edits.add(branches(), layer("Output"), (900.0, 0.0))
    view = make_canvas(project)
    popup = ask(view, "output1").popup
    assert popup is not None
    QTest.keyClicks(popup.field, "conv3")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert Link("conv3", "output1") in links(view)


def test_a_merge_added_behind_several_nodes_joins_them_all(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(branches())
    view.document.select(["conv1", "conv2", "conv3"])
    QTest.keyClick(view, Qt.Key.Key_Tab)
    popup = view.adding.popup
    assert popup is not None
    QTest.keyClicks(popup.field, "add")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    feeds = sorted((link.input, link.source) for link in links(view) if link.target == "add1")
    assert feeds == [(0, "conv2"), (1, "conv3"), (2, "conv1")]


def test_a_merge_is_offered_behind_one_layer(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    popup = canvas.adding.popup
    assert popup is not None
    labels = {popup.model.item(row).text() for row in range(popup.model.rowCount())}
    assert {"Concat", "Add"} <= labels
