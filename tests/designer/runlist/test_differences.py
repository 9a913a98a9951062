"""What differs between runs, in a table that shows nothing else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.panels.runs import RunsPanel
from designer.runlist.differences import rows_of
from engine.network import edits
from engine.network.network import Link
from engine.recipe.sgd import SGD
from tests.designer.runlist.conftest import MakeRun
from tests.engine.training.drawing import small

LEFT = Qt.MouseButton.LeftButton


def test_only_what_differs_has_a_row() -> None:
    one, other = small(seed=1), small(seed=2, optimizer=SGD(learning_rate=0.1))
    rows = dict(rows_of([one, other]))
    assert rows["seed"] == ("1", "2")
    assert rows["optimizer"] == ("Adam", "SGD")
    assert rows["optimizer momentum"][0] == "–"
    assert (
        "epochs" not in rows and "network, from the first" not in rows and "parameters" not in rows
    )
    assert rows_of([one, one]) == []
    assert rows_of([one]) == [] == rows_of([])


def test_two_networks_are_compared_node_by_node() -> None:
    one = small()
    other = edits.set_parameters(one, "conv2d1", out_channels=16)
    rows = dict(rows_of([one, other]))
    assert rows["network, from the first"] == ("", "1 difference")
    assert rows["parameters"] == ("2,970", "5,930")
    assert rows["conv2d1 out channels"] == ("8", "16")


def test_several_networks_are_told_in_numbers() -> None:
    one = small()
    wide = edits.set_parameters(one, "conv2d1", out_channels=16)
    rows = dict(rows_of([one, wide, one]))
    assert rows["network, from the first"] == ("", "1 difference", "the same")
    assert rows["parameters"] == ("2,970", "5,930", "2,970")
    assert not any(name.startswith("conv2d1") for name in rows)


def test_a_project_that_cannot_be_read_has_an_empty_column() -> None:
    rows = dict(rows_of([None, small(seed=1), small(seed=2)]))
    assert rows["seed"] == ("", "1", "2")


def test_an_incomplete_network_can_be_compared() -> None:
    one = small()
    cut = edits.disconnect(one, [Link("relu2", "flatten3")])
    assert dict(rows_of([one, cut]))["network, from the first"] == ("", "1 difference")


def test_the_panel_shows_them_and_leads_to_the_networks(
    shown: Callable[[], RunsPanel], make_run: MakeRun, qtbot: QtBot
) -> None:
    first, second = make_run("first", seed=1), make_run("second", seed=2)
    panel = shown()
    panel.compare(panel.model.shown)
    QTest.mouseClick(panel.head.buttons["Differences"], LEFT)
    view = panel.differences
    assert view.table.isVisible()
    headings = [view.model.headerData(place, Qt.Orientation.Horizontal) for place in range(3)]
    assert headings == ["Differs", "second", "first"]
    assert [tuple(row) for row in view.model.rows] == [("seed", ("2", "1"))]
    assert view.caption.whole == "1 thing differs"
    with qtbot.waitSignal(panel.side_by_side) as said:
        QTest.mouseClick(view.beside, LEFT)
    assert said.args == [second.project_file, first.project_file]


def test_equal_runs_say_so(shown: Callable[[], RunsPanel], make_run: MakeRun) -> None:
    for name in "ab":
        make_run(name)
    panel = shown()
    panel.compare(panel.model.shown)
    panel.show_page("Differences")
    assert panel.differences.same.isVisible()
    assert panel.differences.same.title.text() == "No differences"


def test_a_run_without_its_project_is_said(
    shown: Callable[[], RunsPanel], make_run: MakeRun
) -> None:
    make_run("a").project_file.unlink()
    make_run("b")
    panel = shown()
    panel.compare(panel.model.shown)
    panel.show_page("Differences")
    assert "project.convo cannot be opened" in panel.differences.caption.whole
    assert panel.differences.same.title.text() == "Nothing to compare"
    assert not panel.differences.beside.isVisible()
