"""The studies panel: a study set up by hand, trained by real processes, compared and applied."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

import resources
from designer.document import Document
from designer.inspector.editors import TextEditor
from designer.panels.studies import StudiesPanel
from designer.panels.study_table import NAME, VARIANT, StudyTable
from designer.style import theme
from engine.network import edits, storage
from engine.network.project import Project
from engine.studies.folder import StudyDirectory
from engine.studies.spread import spread
from engine.studies.study import Plan, design
from engine.studies.table import MEASURES, Row
from engine.studies.variables import variable
from engine.training.rundir import studies_folder
from tests.engine.workers.conftest import private_runtime


@pytest.fixture
def document(light: None) -> Document:
    project = storage.load(resources.TEMPLATES / "tiny_cnn.convo")
    return Document(edits.set_recipe(project, project.recipe.changed(device="cpu", epochs=1)))


def shown(document: Document, qtbot: QtBot) -> StudiesPanel:
    panel = StudiesPanel(document)
    qtbot.addWidget(panel)
    panel.resize(1000, 420)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def panel(document: Document, qtbot: QtBot) -> Iterator[StudiesPanel]:
    with private_runtime():
        panel = shown(document, qtbot)
        yield panel
        panel.studying.stop()
        qtbot.waitUntil(lambda: not panel.studying.live, timeout=60_000)
        panel.close_down()


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[arg-type]


def choose(panel: StudiesPanel, kind: str) -> None:
    combo = panel.setup.kind
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    while combo.currentData() != kind:
        QTest.keyClick(combo, Qt.Key.Key_Down)


def enter(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def count(panel: StudiesPanel, name: str, number: int) -> None:
    field = panel.setup.forms[name].editors[name]
    assert isinstance(field, TextEditor)
    enter(field, str(number))
    QTest.keyClick(field, Qt.Key.Key_Return)


def ready(panel: StudiesPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.setup.start.isEnabled(), timeout=20_000)


def listed(panel: StudiesPanel) -> list[str]:
    variants = panel.setup.variants
    return [variants.item(place).text() for place in range(variants.count())]


def test_a_sweep_is_set_up_trained_compared_and_its_best_applied(
    panel: StudiesPanel, document: Document, qtbot: QtBot
) -> None:
    enter(panel.setup.search, "learning_rate")
    QTest.keyClick(panel.setup.search, Qt.Key.Key_Return)
    (row,) = panel.setup.rows
    assert row.path == "optimizer.learning_rate"
    enter(row.values, "0.00001..0.01:log:2")
    enter(panel.setup.search, "conv1.groups")
    QTest.keyClick(panel.setup.search, Qt.Key.Key_Return)
    enter(panel.setup.rows[1].values, "1,5")
    count(panel, "seeds", 2)
    ready(panel, qtbot)
    assert panel.setup.count.whole == "4 runs: 2 variants, 2 seeds each"
    assert sum("groups that do not divide" in text for text in listed(panel)) == 2
    count(panel, "at_once", 2)
    ready(panel, qtbot)
    click(panel.setup.start)
    assert panel.pages.currentWidget() is panel.results
    qtbot.waitUntil(lambda: panel.studying.status == "running", timeout=60_000)
    qtbot.waitUntil(lambda: panel.studying.status == "finished", timeout=120_000)
    results = panel.results
    assert [row.finished for row in results.rows] == [2, 2]
    assert results.places is not None and results.plots.currentWidget() is results.places
    assert len(results.places.dots.points()) == 4
    best = results.best
    assert best is not None and best.label == "learning_rate 0.01, conv1.groups 1"
    click(results.best_button)
    assert results.table.variant == best.variant
    before = document.project
    click(results.apply_button)
    assert document.project.recipe.optimizer.learning_rate == 0.01
    document.undo()
    assert document.project == before
    opened: list[Project] = []
    panel.open_requested.connect(opened.append)
    click(results.open_button)
    assert opened[0].recipe.optimizer.learning_rate == 0.01
    results.over.setFocus()
    QTest.keyClick(results.over, Qt.Key.Key_Home)
    assert results.bands is not None and results.plots.currentWidget() is results.bands
    assert len(results.bands.legend.entries) == 2
    results.table.sortItems(2, Qt.SortOrder.AscendingOrder)
    means = [results.table.item(place, 2) for place in range(2)]
    assert means[0] is not None and means[1] is not None and means[0] < means[1]


def test_an_ablation_takes_what_is_selected(
    panel: StudiesPanel, document: Document, qtbot: QtBot
) -> None:
    document.select(["conv2", "flatten1"])
    panel.ablate()
    ready(panel, qtbot)
    assert panel.setup.nodes.text() == "conv2, flatten1"
    assert listed(panel)[0].startswith("flatten1: dense1 needs a vector")
    assert listed(panel)[1:] == ["unchanged", "conv2 bypassed"]


def test_a_study_outlives_the_window_and_the_next_one_finds_it(
    panel: StudiesPanel, document: Document, qtbot: QtBot
) -> None:
    document.do("Long", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=100_000)))
    choose(panel, "seeds")
    ready(panel, qtbot)
    click(panel.setup.start)
    qtbot.waitUntil(lambda: panel.studying.status == "running", timeout=60_000)
    outcomes = panel.studying.outcomes
    assert outcomes is not None
    qtbot.waitUntil(lambda: outcomes.all[0].part > 0, timeout=60_000)
    panel.close_down()
    panel.hide()
    other = shown(document, qtbot)
    assert other.studying.status == "running"
    assert other.pages.currentWidget() is other.results
    click(other.pause)
    qtbot.waitUntil(lambda: other.studying.status == "paused", timeout=30_000)
    click(other.pause)
    qtbot.waitUntil(lambda: other.studying.status == "running", timeout=30_000)
    click(other.stop)
    qtbot.waitUntil(lambda: other.studying.status == "stopped", timeout=60_000)
    assert other.go_on.isVisible()
    other.close_down()
    panel.studying.open(next(studies_folder().iterdir()))


def test_what_cannot_be_studied_is_said_where_the_variants_stand(
    panel: StudiesPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: panel.setup.count.whole == "Not ready yet", timeout=10_000)
    assert listed(panel) == ["Choose a parameter to vary."]
    assert not panel.setup.add("nonsense")
    assert listed(panel)[0].startswith("There is no parameter 'nonsense'")
    try:
        theme().apply("dark")
        problem = panel.setup.variants.item(0)
        assert problem.foreground().color() == theme().color("error")
    finally:
        theme().apply("light")
    assert panel.setup.add("batch_size")
    enter(panel.setup.rows[0].values, "64..32")
    qtbot.waitUntil(lambda: "is empty" in "".join(listed(panel)), timeout=10_000)
    assert not panel.setup.start.isEnabled()
    choose(panel, "ablation")
    qtbot.waitUntil(lambda: "Select the nodes" in "".join(listed(panel)), timeout=10_000)
    document.do("Break", lambda project: edits.remove(project, ["flatten1"]))
    choose(panel, "seeds")
    qtbot.waitUntil(lambda: "Nothing is left to train" in "".join(listed(panel)), timeout=10_000)


def test_the_list_of_studies_says_what_they_are(
    panel: StudiesPanel, document: Document, qtbot: QtBot
) -> None:
    rates = variable(document.project, "optimizer.learning_rate", "0.001,0.01")
    for plan in (Plan("grid", 2, (rates,)), Plan("seeds", 3)):
        StudyDirectory.create(studies_folder(), design(document.project, plan))
    broken = StudyDirectory.create(studies_folder(), design(document.project, Plan("seeds", 2)))
    broken.study_file.write_text("{")
    click(panel.earlier)
    (menu,) = (menu for menu in panel.findChildren(QMenu) if menu.isVisible())
    texts = sorted(action.text() for action in menu.actions())
    clock = time.strftime("%H:%M", time.localtime(broken.study_file.stat().st_mtime))
    assert texts[0] == broken.path.name
    assert texts[1].startswith("Tiny CNN · Grid of learning_rate · 4 runs · ")
    assert texts[2] == f"Tiny CNN · Seeds · 3 runs · {clock}"
    menu.close()


def test_variants_stand_in_their_order_and_long_names_keep_both_ends(
    light: None, qtbot: QtBot
) -> None:
    table = StudyTable()
    qtbot.addWidget(table)
    table.resize(300, 200)
    found = [
        Row(
            number,
            f"learning_rate 0.0009487, batch_size {32 * number}, conv1.groups 1",
            0,
            0,
            3,
            (),
            None,
            None,
        )
        for number in range(3)
    ]
    table.show_rows(found, MEASURES["val_accuracy"], None)
    table.show()
    assert [table.item(place, 0).data(VARIANT) for place in range(3)] == [0, 1, 2]  # type: ignore[union-attr]
    assert table.textElideMode() == Qt.TextElideMode.ElideMiddle


def test_columns_give_way_to_the_names_of_variants_but_not_on_the_clipboard(
    light: None, qtbot: QtBot
) -> None:
    table = StudyTable()
    qtbot.addWidget(table)
    found_by_seed = spread((0.91, 0.93, 0.95))
    found = [
        Row(n, f"without tanh{n}", 3, 0, 3, (), found_by_seed, found_by_seed if n else None)
        for n in range(3)
    ]
    table.show_rows(found, MEASURES["val_accuracy"], None)
    table.show()
    shown: dict[int, int] = {}
    for width in (1200, 500, 330):
        table.resize(width, 200)
        QApplication.processEvents()
        shown[width] = sum(not table.isColumnHidden(number) for number in range(6))
        assert table.columnWidth(0) >= (NAME if width > 400 else 100)
    assert shown[1200] == 6 > shown[500] > shown[330] >= 3
    table.setFocus()
    QTest.keySequence(table, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text().split("\n")[0].count("\t") == 5
