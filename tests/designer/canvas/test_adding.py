"""The search on the canvas where it has little to offer, and what is added out of sight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.view import CanvasView


def test_what_nothing_can_replace_says_so_and_opens_no_search(canvas: CanvasView) -> None:
    said: list[str] = []
    canvas.document.refused.connect(said.append)
    canvas.document.select(["input1"])
    canvas.replace()
    assert not canvas.adding.open
    (sentence,) = said
    assert "input1" in sentence


def test_a_layer_is_not_offered_in_its_own_place(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    canvas.replace()
    popup = canvas.adding.popup
    assert popup is not None
    labels = [popup.model.item(row).text() for row in range(popup.model.rowCount())]
    assert "Conv2d" not in labels and "ConvTranspose2d" in labels


def test_that_nothing_was_found_can_be_read_whole_in_a_short_list(canvas: CanvasView) -> None:
    canvas.document.select(["flatten1"])
    canvas.adding.linking.ask()
    popup = canvas.adding.linking.popup
    assert popup is not None
    QTest.keyClicks(popup.field, "no node is called like this, and the sentence is a long one")
    QApplication.processEvents()
    label = popup.empty
    assert label.isVisible()
    assert label.height() >= label.heightForWidth(label.width())
    assert popup.rect().contains(label.geometry())


def test_what_is_pasted_out_of_sight_comes_into_sight(canvas: CanvasView) -> None:
    canvas.document.select(["conv1", "relu1"])
    canvas.copy()
    canvas.document.select(())
    canvas.scroll_to(canvas.offset + QPoint(4000, 0))
    canvas.hands.pointer = None
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    canvas.paste()
    canvas.scroll_to(canvas.offset + QPoint(-9000, 0))
    names = canvas.document.selection
    assert len(names) == 2
    canvas.document.select(())
    canvas.document.select(names)
    assert canvas.visible_rect().intersects(canvas.canvas.extent(names))
