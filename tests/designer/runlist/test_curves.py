"""Curves of several runs over one another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.panels.runs import RunsPanel
from designer.runlist.curves import LINE, RunCurves
from designer.style import theme
from engine.training.events import EpochEnded, Steps
from tests.designer.runlist.conftest import MakeRun

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def overlaid(
    shown: Callable[[], RunsPanel], make_run: MakeRun, qtbot: QtBot
) -> tuple[RunsPanel, RunCurves]:
    """Two runs, of two epochs and of four, marked in the list and shown as curves."""
    make_run("long", 0.8, epochs=4)
    make_run("short", 0.9, epochs=2)
    panel = shown()
    panel.table.selectAll()
    QTest.keyClick(panel.table, Qt.Key.Key_Space)
    QTest.mouseClick(panel.head.buttons["Curves"], LEFT)
    assert panel.curves is not None
    curves = panel.curves
    qtbot.waitUntil(lambda: curves.key.values == [["0.2", "0.3"], ["90.0 %", "80.0 %"]])
    return panel, curves


def hover(curves: RunCurves, epoch: float) -> None:
    plot = curves.loss
    at = plot.view.mapViewToScene(QPointF(epoch, sum(plot.view.viewRange()[1]) / 2))
    plot.plot.scene().sigMouseMoved.emit(at)


def test_each_run_has_its_colour_in_list_and_plots(overlaid: tuple[RunsPanel, RunCurves]) -> None:
    panel, curves = overlaid
    colors = [items.validation.opts["pen"].color() for items in curves.loss._items]
    assert colors == [theme().series(0), theme().series(1)]
    assert [panel.compared.marks[run.path] for run in panel.model.shown] == [0, 1]
    theme().apply("dark")
    assert curves.loss._items[0].validation.opts["pen"].color() == theme().series(0) != colors[0]
    theme().apply("light")


def test_the_axis_reaches_to_the_end_of_the_longest_run(
    overlaid: tuple[RunsPanel, RunCurves],
) -> None:
    _, curves = overlaid
    for plot in curves.plots:
        low, high = plot.view.viewRange()[0]
        assert low <= 0 and 4 <= high < 4.2
    assert curves.loss.item.getAxis("left").labelText == "cross-entropy (nats)"


def test_the_crosshair_tells_the_values_of_every_run_at_one_epoch(
    overlaid: tuple[RunsPanel, RunCurves],
) -> None:
    _, curves = overlaid
    hover(curves, 1.1)
    assert curves.key.values == [["0.65", "0.9"], ["45.0 %", "20.0 %"]]
    assert curves.accuracy.cross.isVisible()
    assert curves.accuracy.legend.note.startswith("epoch 1.1")
    # Beyond its end a run keeps its last value.
    hover(curves, 3.9)
    assert curves.key.values[0][0] == "0.2"
    curves.loss.leaveEvent(None)
    assert curves.key.values == [["0.2", "0.3"], ["90.0 %", "80.0 %"]]


def test_training_alone_is_shown_smoothed(overlaid: tuple[RunsPanel, RunCurves]) -> None:
    _, curves = overlaid
    curves.parts.setFocus()
    QTest.keyClick(curves.parts, Qt.Key.Key_End)
    curves.parts.activated.emit(curves.parts.currentIndex())
    QTest.keyClick(curves.smoothing, Qt.Key.Key_Home)
    assert curves.loss.smoothing == 1
    assert curves.key.values == [["0.1", "0.2"], ["90.0 %", "80.0 %"]]
    assert len(curves.loss._items[0].validation.getData()[0]) == 0
    QTest.keyClick(curves.smoothing, Qt.Key.Key_End)
    assert curves.loss.legend.note == "mean of 1,000 steps"
    assert curves.key.values[0] != ["0.1", "0.2"]


def test_the_loss_is_shown_on_a_logarithmic_axis(overlaid: tuple[RunsPanel, RunCurves]) -> None:
    _, curves = overlaid
    QTest.mouseClick(curves.log, LEFT)
    assert curves.loss.view.viewRange()[1][0] < 0
    assert curves.key.values[0] == ["0.2", "0.3"]


def test_a_zoom_stays_until_it_is_reset(overlaid: tuple[RunsPanel, RunCurves]) -> None:
    _, curves = overlaid
    curves.loss.view.setRange(xRange=(1, 2), padding=0)
    curves.loss.view.sigRangeChangedManually.emit([True, True])
    assert curves.reset.isVisible() and curves.loss.free
    at, _ = curves.loss._items[1].training.getData()
    assert at[0] >= 1 and at[-1] <= 2
    QTest.mouseClick(curves.reset, LEFT)
    assert not curves.loss.free and not curves.reset.isVisible()


def test_a_run_that_goes_on_is_drawn_live(
    overlaid: tuple[RunsPanel, RunCurves], qtbot: QtBot, make_run: MakeRun
) -> None:
    panel, curves = overlaid
    run = make_run("live", 0.5, epochs=1, status="running")
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.model.shown) == 3)
    panel.compare([item for item in panel.model.shown if item.name == "live"])
    qtbot.waitUntil(lambda: len(curves.key.values[0]) == 3 and curves.key.values[0][2] == "0.6")
    run.append(
        Steps(20, (0.2,) * 10, (0.7,) * 10, 1.0, 1.0),
        EpochEnded(2, 20, 0.2, 0.7, 0.25, 0.7, 1.0, 1.0),
    )
    qtbot.waitUntil(lambda: curves.key.values[0][2] == "0.25", timeout=10_000)


def test_a_click_in_the_key_leaves_a_run_out(overlaid: tuple[RunsPanel, RunCurves]) -> None:
    panel, curves = overlaid
    QTest.mouseClick(curves.key, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(30, LINE + LINE // 2))
    assert [panel.model.known[path].name for path in panel.compared.marks] == ["long"]
    assert curves.key.values == [["0.3"], ["80.0 %"]]
    # The colour of the run that stays is its own still.
    assert list(panel.compared.marks.values()) == [1]


def test_curves_are_exported_by_their_ending(
    overlaid: tuple[RunsPanel, RunCurves], qtbot: QtBot, tmp_path: Path
) -> None:
    panel, curves = overlaid
    for ending in ("png", "svg", "csv"):
        with qtbot.waitSignal(panel.said) as said:
            curves.export(tmp_path / f"runs.{ending}")
        assert said.args == [f"The curves are in {tmp_path / f'runs.{ending}'}."]
    lines = (tmp_path / "runs.csv").read_text().splitlines()
    assert lines[0] == "run,part,quantity,step,value"
    assert "short,validation,loss,20,0.2" in lines
    assert not QImage(str(tmp_path / "runs.png")).isNull()
    assert "short" in (tmp_path / "runs.svg").read_text()
    with qtbot.waitSignal(panel.said) as said:
        curves.export(tmp_path / "nowhere" / "runs.csv")
    assert "could not be written" in said.args[0]


def test_runs_of_one_name_are_told_apart_by_their_time(
    shown: Callable[[], RunsPanel], make_run: MakeRun
) -> None:
    for _ in range(2):
        make_run("twin")
    panel = shown()
    panel.compare(panel.model.shown)
    names = [curve.name for curve in panel.compared.curves(panel.model.known)]
    assert all(name.endswith(" twin") for name in names)


def test_runs_of_more_colours_than_there_are_are_dashed(
    shown: Callable[[], RunsPanel], make_run: MakeRun
) -> None:
    for number in range(9):
        make_run(str(number), epochs=1)
    panel = shown()
    panel.compare(panel.model.shown)
    panel.show_page("Curves")
    QApplication.processEvents()
    assert panel.curves is not None
    styles = [items.validation.opts["pen"].style() for items in panel.curves.loss._items]
    assert styles == [Qt.PenStyle.SolidLine] * 8 + [Qt.PenStyle.DashLine]
    panel.grab()
