"""The data and recipe panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.inspector.editors import TextEditor
from designer.panels.recipe import RecipePanel
from designer.workshop import Workshop
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.project import DataChoice
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.mse import MSELoss


@pytest.fixture
def panel(lenet: Document, workshop: Workshop, qtbot: QtBot) -> RecipePanel:
    widget = RecipePanel(lenet, workshop)
    qtbot.addWidget(widget)
    widget.resize(300, 900)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def enter(panel: RecipePanel, name: str, text: str) -> TextEditor:
    parts = (panel.loss, panel.optimizer, panel.schedule)
    for more in (panel.more, *(part.more for part in parts)):
        more.fold(True)
    forms = [
        panel.recipe_form,
        panel.heads_form,
        panel.more.forms.current,
        *(part.forms.current for part in parts),
        *(part.more.forms.current for part in parts),
    ]
    field = next(form.editors[name] for form in forms if form and name in form.editors)
    assert isinstance(field, TextEditor)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return field


def choose(combo: QComboBox, data: str) -> None:
    """Go to an entry with the keyboard, as a person does."""
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    while combo.currentData() != data:
        before = combo.currentIndex()
        QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() > before


def test_the_recipe_is_typed_and_undone(lenet: Document, panel: RecipePanel) -> None:
    enter(panel, "epochs", "20")
    enter(panel, "validation", "20 %")
    assert lenet.project.recipe.epochs == 20
    assert lenet.project.recipe.validation == 0.2
    lenet.undo()
    lenet.undo()
    assert lenet.project.recipe.epochs == 5


def test_an_impossible_number_is_refused_under_its_field(
    lenet: Document, panel: RecipePanel
) -> None:
    field = enter(panel, "batch_size", "0")
    assert panel.recipe_form._reasons["batch_size"].isVisible()
    assert field.text() == "0"
    assert lenet.project.recipe.batch_size == 32


def test_an_optimiser_brings_its_own_fields(lenet: Document, panel: RecipePanel) -> None:
    choose(panel.optimizer.choice, "SGD")
    assert lenet.project.recipe.optimizer.kind() == "SGD"
    form = panel.optimizer.forms.current
    assert form and "momentum" in form.editors and "beta1" not in form.editors
    enter(panel, "momentum", "0.5")
    enter(panel, "learning_rate", "0.1")
    assert lenet.project.recipe.optimizer.values["momentum"] == 0.5
    assert lenet.project.recipe.optimizer.learning_rate == 0.1


def test_what_two_optimisers_share_is_carried_over_but_for_the_rate(
    lenet: Document, panel: RecipePanel
) -> None:
    choose(panel.optimizer.choice, "Adam")
    enter(panel, "beta1", "0.8")
    choose(panel.optimizer.choice, "AdamW")  # by way of Adagrad, which has none
    assert lenet.project.recipe.optimizer.values["beta1"] == 0.8
    assert lenet.project.recipe.optimizer.values["weight_decay"] == 0.01


def test_a_loss_is_chosen_with_its_own_fields(lenet: Document, panel: RecipePanel) -> None:
    enter(panel, "label_smoothing", "0.1")
    assert lenet.project.recipe.loss == CrossEntropyLoss(label_smoothing=0.1)
    choose(panel.loss.choice, "MSELoss")
    assert lenet.project.recipe.loss == MSELoss()
    assert "autoencoder" in panel.loss.purpose.text()
    assert panel.loss.forms.current is None
    lenet.undo()
    assert lenet.project.recipe.loss == CrossEntropyLoss(label_smoothing=0.1)
    assert panel.loss.choice.currentData() == "CrossEntropyLoss"
    assert panel.loss.forms.current and panel.loss.forms.current.isVisible()


def test_class_weights_are_typed_as_a_row_and_fitted_to_the_classes(
    lenet: Document, panel: RecipePanel, qtbot: QtBot
) -> None:
    field = enter(panel, "class_weights", "1, 2, half")
    assert "must be" in panel.loss.forms.current._reasons["class_weights"].text()  # type: ignore[union-attr]
    field = enter(panel, "class_weights", "1, 2, 0.5")
    assert field.text() == "1, 2, 0.5"
    assert lenet.project.recipe.loss == CrossEntropyLoss(class_weights=(1, 2, 0.5))
    (card,) = panel.loss.problems.cards
    assert panel.loss.problems.isVisible() and not lenet.analysis.valid
    told = [item.text() for item in card.findChildren(QLabel)]
    assert any("has 3 class weights, but Digits has 10 classes" in text for text in told)
    fix = next(item for item in card.findChildren(QPushButton) if item.text() == "Make them 10")
    qtbot.mouseClick(fix, Qt.MouseButton.LeftButton)
    assert field.text() == "1, 2, 0.5, 1, 1, 1, 1, 1, 1, 1"
    assert not panel.loss.problems.isVisible() and lenet.analysis.valid
    enter(panel, "class_weights", "all alike")
    assert lenet.project.recipe.loss == CrossEntropyLoss()


def test_the_weight_of_auxiliary_heads_is_asked_for_where_there_are_some(
    lenet: Document, panel: RecipePanel
) -> None:
    assert not panel.heads_form.isVisible()
    lenet.do("Head", lambda p: edits.append(p, layer("Output"), "dense2"))
    assert panel.heads_form.isVisible()
    enter(panel, "auxiliary_weight", "0.5")
    assert lenet.project.recipe.auxiliary_weight == 0.5


def test_the_data_is_chosen_and_described(lenet: Document, panel: RecipePanel) -> None:
    choose(panel.data, "mnist")
    assert lenet.project.data.name == "mnist"
    told = {fact.label: fact.text for fact in panel.facts._shown}
    assert told["Images"].startswith("60,000")
    assert panel.folder.isVisible()
    choose(panel.data, "digits")
    assert not panel.folder.isVisible()


def test_a_folder_that_is_none_is_told(lenet: Document, panel: RecipePanel, tmp_path: Path) -> None:
    choose(panel.data, "mnist")
    panel.folder.setFocus()
    QTest.keyClicks(panel.folder, str(tmp_path / "nowhere"))
    QTest.keyClick(panel.folder, Qt.Key.Key_Return)
    assert lenet.project.data.folder == str(tmp_path / "nowhere")
    assert panel._folder_problem.isVisible()
    assert "nowhere" in panel._folder_problem.text()


def test_own_images_are_chosen_by_folder_and_described(
    lenet: Document, panel: RecipePanel, tmp_path: Path
) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").touch()
    choose(panel.data, "folder")
    assert panel.folder.isVisible() and not panel.facts.isVisible()
    assert "choose a folder with a folder of images per class" in panel._folder_problem.text()
    panel.folder.setFocus()
    QTest.keyClicks(panel.folder, str(tmp_path))
    QTest.keyClick(panel.folder, Qt.Key.Key_Return)
    assert not panel._folder_problem.isVisible()
    told = {fact.label: fact.text for fact in panel.facts._shown}
    assert told["Images"] == "2 to learn from" and told["Classes"] == "2: cats, dogs"


def test_data_with_validation_images_of_its_own_leaves_none_to_be_kept_aside(
    lenet: Document, panel: RecipePanel, tmp_path: Path
) -> None:
    for name in ("train/cat", "train/dog", "val/cat"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.png").touch()
    share = panel.recipe_form.editors["validation"]
    lenet.do("Choose", lambda p: edits.set_data(p, DataChoice("folder", str(tmp_path))))
    told = {fact.label: fact.text for fact in panel.facts._shown}
    assert told["Images"] == "2 to learn from, 1 for validation"
    assert not share.isEnabled() and "has validation images of its own" in share.toolTip()
    choose(panel.data, "digits")
    assert share.isEnabled() and "kept aside" in share.toolTip()


def test_an_own_file_is_browsed_for_by_its_ending(
    lenet: Document, panel: RecipePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "list.csv"
    table.write_text("path,label\na.png,cat\nb.png,dog\n")
    asked: list[str] = []

    def pick(parent: object, title: str, folder: str, kinds: str) -> tuple[str, str]:
        asked.append(kinds)
        return str(table), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", pick)
    choose(panel.data, "csv")
    panel.browse.click()
    assert asked == ["Images (*.csv *.tsv)"]
    assert lenet.project.data == DataChoice("csv", str(table))


def test_a_beginner_sees_four_fields_and_more_on_request(
    lenet: Document, panel: RecipePanel, qtbot: QtBot
) -> None:
    assert list(panel.recipe_form.editors) == ["epochs", "batch_size", "validation", "device"]
    assert panel.more.forms.current is None  # Nothing is made of what nobody asked for.
    panel.more.button.setFocus()
    QTest.keyClick(panel.more.button, Qt.Key.Key_Space)
    assert panel.more.forms.current and panel.more.button.text() == "Less"
    seed = panel.more.forms.current.editors["seed"]
    assert seed.isVisible()
    enter(panel, "seed", "7")
    assert lenet.project.recipe.seed == 7
    qtbot.mouseClick(panel.more.button, Qt.MouseButton.LeftButton)
    assert not seed.isVisible() and panel.more.button.text() == "More (1 set)"
    lenet.undo()
    assert panel.more.button.text() == "More"


def test_an_optimisers_finer_fields_are_folded_and_one_without_has_no_fold(
    lenet: Document, panel: RecipePanel
) -> None:
    panel.optimizer.more.fold(True)
    beta = panel.optimizer.more.forms.current
    assert beta and beta.isVisible() and "beta1" in beta.editors
    choose(panel.optimizer.choice, "SGD")
    assert not beta.isVisible()
    assert panel.optimizer.more.forms.current and panel.optimizer.more.forms.current.isVisible()
    choose(panel.schedule.choice, "Constant")
    assert not panel.schedule.more.isVisible()


def test_a_schedule_is_chosen_and_its_curve_drawn_over_the_epochs(
    lenet: Document, panel: RecipePanel, qtbot: QtBot
) -> None:
    top = lenet.project.recipe.optimizer.learning_rate
    choose(panel.schedule.choice, "StepLR")
    enter(panel, "step_size", "1")
    enter(panel, "warmup", "0.5")
    points = panel.curve.points(500)
    assert points[0] == (0.0, pytest.approx(top / 100))
    assert max(rate for _, rate in points) == top
    assert points[-1][0] == pytest.approx(5, abs=0.03)
    assert points[-1][1] == pytest.approx(top / 10_000)
    assert "over 5 epochs" in panel.curve.accessibleName()
    plain = panel.curve.grab().toImage()
    panel.resize(300, 600)  # All of it within the offscreen screen.

    def in_sight() -> bool:
        panel.ensureWidgetVisible(panel.curve)
        return panel.curve.visibleRegion().boundingRect() == panel.curve.rect()

    qtbot.waitUntil(in_sight)
    qtbot.mouseMove(panel.curve, panel.curve.rect().topLeft() + QPoint(20, 20))
    qtbot.mouseMove(panel.curve, panel.curve.rect().center())
    qtbot.waitUntil(lambda: panel.curve._at is not None)
    assert panel.curve._value().startswith("epoch 2.5: ")
    assert panel.curve.grab().toImage() != plain


def test_the_curve_of_a_plateau_is_that_of_a_run_that_gets_no_better(
    lenet: Document, panel: RecipePanel
) -> None:
    enter(panel, "epochs", "1000")
    choose(panel.schedule.choice, "ReduceLROnPlateau")
    points = panel.curve.points(300)
    assert panel.curve.epochs == 200
    rates = sorted({f"{rate:.3g}" for _, rate in points}, key=float, reverse=True)
    assert rates[:3] == ["0.003", "0.0003", "3e-05"]
    panel.curve.grab()


def test_it_follows_edits_made_elsewhere(lenet: Document, panel: RecipePanel) -> None:
    enter(panel, "epochs", "9")
    lenet.undo()
    field = panel.recipe_form.editors["epochs"]
    assert isinstance(field, TextEditor)
    assert field.text() == "5"


def test_a_rate_test_that_begins_below_the_edge_comes_into_sight(
    panel: RecipePanel, qtbot: QtBot
) -> None:
    test = panel.rate_test
    panel.resize(300, 500)
    panel.ensureWidgetVisible(test.begin_button)
    QTest.mouseClick(test.begin_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: test.stop_button.visibleRegion().boundingRect().height() > 20)
    assert not test.curve.visibleRegion().isEmpty()
    test.end()


def test_ten_thousand_letters_in_a_field_are_refused_in_a_sentence_that_fits_the_panel(
    panel: RecipePanel,
) -> None:
    field = panel.recipe_form.editors["epochs"]
    assert isinstance(field, TextEditor)
    field.setFocus()
    field.selectAll()
    QGuiApplication.clipboard().setText("W" * 10_000)
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()
    reason = panel.recipe_form._reasons["epochs"]
    assert reason.isVisible() and "(10,002 characters)" in reason.text()
    assert reason.width() <= panel.viewport().width()
