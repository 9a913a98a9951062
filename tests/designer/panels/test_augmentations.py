"""Augmentations are added, changed, moved and removed in the recipe's panel, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.augmentations import Augmentations
from designer.panels.recipe import RecipePanel
from designer.workshop import Workshop
from engine.network import edits
from engine.network.project import DataChoice
from engine.network.storage import loads
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.cutout import Cutout
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.shift import Shift
from engine.recipe.recipe import AUGMENTATIONS
from engine.workers.messages import Augment, Augmented

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def asked(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> list[Augment]:
    """What the lab, which is not there, was asked for."""
    found: list[Augment] = []
    monkeypatch.setattr(workshop.lab, "observe", found.append)
    return found


@pytest.fixture
def part(lenet: Document, workshop: Workshop, asked: list[Augment], qtbot: QtBot) -> Augmentations:
    panel = RecipePanel(lenet, workshop)
    qtbot.addWidget(panel)
    panel.resize(320, 700)
    panel.show()
    panel.activateWindow()
    qtbot.waitActive(panel)
    return panel.augmentations


def row(document: Document) -> tuple[Augmentation, ...]:
    return document.project.recipe.augmentations


def put(document: Document, *items: Augmentation) -> None:
    document.do(
        "Augment",
        lambda p: edits.set_recipe(p, replace(p.recipe, augmentations=items)),
    )


def laid_out(part: Augmentations, qtbot: QtBot, *kinds: type[Augmentation]) -> None:
    """Wait until these stand one under another."""

    def done() -> bool:
        boxes = [part.editors[kind].geometry() for kind in kinds]
        buttons = [part.editors[kind].remove for kind in kinds]
        apart = all(box.bottom() < after.top() for box, after in pairwise(boxes))
        return apart and all(button.isVisible() and button.height() > 8 for button in buttons)

    qtbot.waitUntil(done)


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def offered(part: Augmentations, qtbot: QtBot) -> QMenu:
    """The menu, opened by the keyboard."""
    part.add.setFocus()
    QTest.keyClick(part.add, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: part.findChild(QMenu) is not None)
    menu = part.findChild(QMenu)
    assert isinstance(menu, QMenu)
    qtbot.waitExposed(menu)
    return menu


def add(part: Augmentations, qtbot: QtBot, kind: type[Augmentation]) -> None:
    """Choose an augmentation from the menu, with the keyboard alone."""
    menu = offered(part, qtbot)
    texts = [action.text().partition("\t")[0] for action in menu.actions()]
    for _ in range(texts.index(kind.kind()) + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.findChild(QMenu) is None)


def test_without_augmentations_the_section_says_so_and_makes_no_editor(
    lenet: Document, part: Augmentations
) -> None:
    assert row(lenet) == () and part.editors == {}
    assert part.none.isVisible() and "as they are" in part.none.text()


def test_one_is_added_from_a_menu_that_says_what_each_is_for(
    lenet: Document, part: Augmentations, qtbot: QtBot
) -> None:
    menu = offered(part, qtbot)
    assert [action.text() for action in menu.actions()] == [
        f"{name}\t{kind.purpose}" for name, kind in AUGMENTATIONS.items()
    ]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: part.findChild(QMenu) is None)
    add(part, qtbot, Shift)
    assert row(lenet) == (Shift(),)
    assert not part.none.isVisible()
    editor = part.editors[Shift]
    # Offscreen, no window becomes active again after a menu.
    assert part.window().focusWidget() is editor.form.editors["pixels"]
    left = [action.text() for action in offered(part, qtbot).actions()]
    assert len(left) == len(AUGMENTATIONS) - 1 and not any("Shift" in text for text in left)
    lenet.undo()
    assert row(lenet) == () and not editor.isVisible() and part.none.isVisible()
    lenet.redo()
    assert part.editors[Shift] is editor and editor.isVisible()


def test_what_is_added_after_mixing_goes_before_it(
    lenet: Document, part: Augmentations, qtbot: QtBot
) -> None:
    add(part, qtbot, Mixup)
    add(part, qtbot, Cutout)
    add(part, qtbot, Shift)
    assert row(lenet) == (Cutout(), Shift(), Mixup())
    laid_out(part, qtbot, Cutout, Shift, Mixup)


def test_parameters_are_typed_chosen_and_stepped_and_undone_one_by_one(
    lenet: Document, part: Augmentations
) -> None:
    put(lenet, HorizontalFlip(), Shift())
    editors = part.editors[Shift].form.editors
    field, border = editors["pixels"], editors["border"]
    assert isinstance(field, QLineEdit) and isinstance(border, QComboBox)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert row(lenet) == (HorizontalFlip(), Shift(pixels=2))
    QTest.keyClick(field, Qt.Key.Key_Up)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert row(lenet)[1] == Shift(pixels=4)
    border.setFocus()
    QTest.keyClick(border, Qt.Key.Key_Down)
    assert row(lenet)[1] == Shift(pixels=4, border="mean")
    lenet.undo()
    lenet.undo()  # Steps in a row are one.
    assert row(lenet) == (HorizontalFlip(), Shift(pixels=2)) and field.text() == "2"


def test_an_impossible_number_is_refused_under_its_field(
    lenet: Document, part: Augmentations
) -> None:
    put(lenet, Shift())
    form = part.editors[Shift].form
    field = form.editors["pixels"]
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "0")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert row(lenet) == (Shift(),) and field.text() == "0"
    assert "from 1 to 1,024" in form._reasons["pixels"].text()


def test_they_change_places_by_mouse_but_mixing_stays_last(
    lenet: Document, part: Augmentations, qtbot: QtBot
) -> None:
    put(lenet, HorizontalFlip(), Shift(), Mixup())
    laid_out(part, qtbot, HorizontalFlip, Shift, Mixup)
    flip, shift, mixup = (part.editors[kind] for kind in (HorizontalFlip, Shift, Mixup))
    assert not flip.up.isEnabled() and flip.down.isEnabled()
    assert shift.up.isEnabled() and not shift.down.isEnabled()
    assert not mixup.up.isEnabled() and not mixup.down.isEnabled()
    qtbot.mouseClick(shift.up, LEFT)
    assert row(lenet) == (Shift(), HorizontalFlip(), Mixup())
    laid_out(part, qtbot, Shift, HorizontalFlip, Mixup)
    lenet.undo()
    assert row(lenet) == (HorizontalFlip(), Shift(), Mixup())
    laid_out(part, qtbot, HorizontalFlip, Shift, Mixup)


def test_the_keyboard_moves_one_to_the_end_and_stays_with_it(
    lenet: Document, part: Augmentations
) -> None:
    put(lenet, HorizontalFlip(), Shift(), Cutout())
    flip = part.editors[HorizontalFlip]
    flip.down.setFocus()
    QTest.keyClick(flip.down, Qt.Key.Key_Space)
    assert focused() is flip.down
    QTest.keyClick(flip.down, Qt.Key.Key_Space)
    assert row(lenet) == (Shift(), Cutout(), HorizontalFlip())
    assert focused() is flip.up


def test_one_is_removed_and_the_keyboard_goes_to_the_next(
    lenet: Document, part: Augmentations, qtbot: QtBot
) -> None:
    put(lenet, HorizontalFlip(), Shift())
    laid_out(part, qtbot, HorizontalFlip, Shift)
    flip, shift = part.editors[HorizontalFlip], part.editors[Shift]
    qtbot.mouseClick(flip.remove, LEFT)
    assert row(lenet) == (Shift(),) and not flip.isVisible()
    assert focused() is shift.remove
    QTest.keyClick(shift.remove, Qt.Key.Key_Space)
    assert row(lenet) == () and focused() is part.add
    lenet.undo()
    lenet.undo()
    assert row(lenet) == (HorizontalFlip(), Shift())
    assert flip.isVisible() and shift.isVisible()


def test_tab_goes_through_all_in_their_order(lenet: Document, part: Augmentations) -> None:
    put(lenet, Shift(), HorizontalFlip())
    put(lenet, HorizontalFlip(), Shift())
    flip, shift = part.editors[HorizontalFlip], part.editors[Shift]
    flip.down.setFocus()
    gone: list[QWidget] = []
    while focused() is not part.add:
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        gone.append(focused())
        assert len(gone) < 20
    assert gone == [
        flip.remove,
        flip.form.editors["probability"],
        shift.up,
        shift.remove,
        *shift.form.editors.values(),
        part.add,
    ]


def test_with_all_of_them_there_is_nothing_to_add(lenet: Document, part: Augmentations) -> None:
    kinds = sorted(AUGMENTATIONS.values(), key=lambda kind: kind.mixes)
    put(lenet, *(kind() for kind in kinds))
    assert not part.add.isVisible()
    names = [part.editors[kind].accessibleName() for kind in kinds]
    assert names == [kind.kind() for kind in kinds]


def answer(question: Augment, samples: int = 60_000) -> Augmented:
    """What a lab would say: the image in one gray, its changes in others."""
    gray = np.arange(question.draws + 1, dtype=np.uint8) * 30
    images = np.broadcast_to(gray[:, None, None, None], (len(gray), *question.shape))
    return Augmented(question.sample, samples, images[0], images[1:], viewer=question.viewer)


def test_the_lab_is_asked_only_where_there_is_something_to_show(
    lenet: Document, part: Augmentations, asked: list[Augment], qtbot: QtBot
) -> None:
    assert not asked and not part.strip.isVisible()
    put(lenet, Shift())
    assert part.strip.isVisible() and len(asked) == 1
    assert asked[0].shape == (1, 32, 32) and asked[0].draws == 7
    assert loads(asked[0].project).recipe == lenet.project.recipe
    put(lenet, Shift())
    assert len(asked) == 1, "nothing has changed"
    field = part.editors[Shift].form.editors["pixels"]
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert loads(asked[-1].project).recipe.augmentations == (Shift(pixels=5),)
    part.window().hide()
    put(lenet, Cutout())
    assert len(asked) == 2
    part.window().show()
    assert len(asked) == 3 and loads(asked[-1].project).recipe.augmentations == (Cutout(),)


def test_the_image_and_its_changes_stand_side_by_side(
    lenet: Document,
    part: Augmentations,
    workshop: Workshop,
    asked: list[Augment],
    qtbot: QtBot,
) -> None:
    put(lenet, Shift())
    workshop.lab.augmented.emit(answer(asked[0]))
    tiles = part.strip.tiles
    qtbot.waitUntil(lambda: tiles.height() > 100 and tiles.isVisible())
    boxes = tiles.boxes()
    assert len(boxes) == 8 and {box.width() for box in boxes} == {64.0}
    assert max(box.right() for box in boxes) <= tiles.width()
    shown = tiles.grab().toImage()
    ratio = shown.devicePixelRatio()
    for number, box in enumerate(boxes):
        at = box.center() * ratio
        assert shown.pixelColor(at.toPoint()).red() == 30 * number
    assert "Image 0" in part.strip.said.whole and "7 times" in tiles.accessibleName()


def test_the_next_image_is_asked_for_and_other_data_begin_with_the_first(
    lenet: Document,
    part: Augmentations,
    workshop: Workshop,
    asked: list[Augment],
    qtbot: QtBot,
) -> None:
    put(lenet, Shift())
    workshop.lab.augmented.emit(answer(asked[0], samples=3))
    laid_out(part, qtbot, Shift)
    qtbot.mouseClick(part.strip.next, LEFT)
    assert asked[-1].sample == 1
    part.strip.previous.setFocus()
    QTest.keyClick(part.strip.previous, Qt.Key.Key_Space)
    QTest.keyClick(part.strip.previous, Qt.Key.Key_Space)
    assert asked[-1].sample == 2
    lenet.do("Data", lambda p: edits.set_data(p, DataChoice("mnist")))
    assert asked[-1].sample == 0


def test_why_there_is_nothing_to_show_is_told_and_taken_back(
    lenet: Document, part: Augmentations, workshop: Workshop, asked: list[Augment]
) -> None:
    put(lenet, Shift())
    strip = part.strip
    refused = Augmented(0, message="Shift is <b>too large</b>.", viewer=asked[0].viewer)
    workshop.lab.augmented.emit(refused)
    assert strip.problem.isVisible() and strip.problem.text() == refused.message
    assert strip.tiles.boxes() == [] and not strip.next.isVisible()
    workshop.lab.augmented.emit(answer(asked[0]))
    assert not strip.problem.isVisible() and strip.next.isVisible()
    assert len(strip.tiles.images) == 8
