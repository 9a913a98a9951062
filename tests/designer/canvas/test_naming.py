"""Names typed on the card itself."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas.view import CanvasView
from engine.network.network import Link

from .conftest import Hand, links


def test_f2_renames_on_the_card(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["conv1"])
    hand.key(Qt.Key.Key_F2)
    field = canvas.naming.field
    assert field is not None and field.fields[0].selectedText() == "conv1"
    card = canvas.canvas.nodes["conv1"].card
    assert field.geometry().intersects(canvas.mapFromScene(card).boundingRect())
    QTest.keyClicks(field.fields[0], "stem")
    QTest.keyClick(field.fields[0], Qt.Key.Key_Return)
    assert canvas.document.selection == ("stem",)
    assert Link("stem", "relu1") in links(canvas)
    assert canvas.naming.field is None and canvas.hasFocus()


def test_a_double_click_on_the_name_opens_the_field_and_escape_leaves_all(
    canvas: CanvasView, hand: Hand
) -> None:
    before = canvas.document.project
    hand.double_click(canvas.canvas.nodes["conv1"].at + QPointF(190, 20))
    field = canvas.naming.field
    assert field is not None
    QTest.keyClicks(field.fields[0], "other")
    QTest.keyClick(field.fields[0], Qt.Key.Key_Escape)
    assert canvas.naming.field is None
    assert canvas.document.project is before
    assert canvas.hasFocus()


def test_a_name_that_cannot_be_is_refused_under_the_field(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.document.project
    told: list[str] = []
    canvas.document.refused.connect(told.append)
    canvas.document.select(["conv1"])
    canvas.rename()
    field = canvas.naming.field
    assert field is not None
    QTest.keyClicks(field.fields[0], "relu1")
    QTest.keyClick(field.fields[0], Qt.Key.Key_Return)
    assert field.problem.isVisible() and "relu1" in field.problem.text()
    assert canvas.document.project is before and told == []
    QTest.keyClicks(field.fields[0], "x")
    assert not field.problem.isVisible()
    QTest.keyClick(field.fields[0], Qt.Key.Key_Return)
    assert "relu1x" in canvas.document.project.network.nodes


def test_a_press_elsewhere_takes_the_name_or_leaves_it_when_it_cannot_be(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.document.select(["conv1"])
    canvas.rename()
    assert canvas.naming.field is not None
    QTest.keyClicks(canvas.naming.field.fields[0], "stem")
    hand.click(QPointF(480, 172))
    assert "stem" in canvas.document.project.network.nodes
    canvas.rename("stem")
    assert canvas.naming.field is not None
    QTest.keyClicks(canvas.naming.field.fields[0], "1 2 3")
    hand.click(QPointF(480, 172))
    assert canvas.naming.field is None
    assert "stem" in canvas.document.project.network.nodes


def test_zooming_does_not_lose_what_is_typed(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    canvas.rename()
    assert canvas.naming.field is not None
    QTest.keyClicks(canvas.naming.field.fields[0], "stem")
    canvas.zoom_to(0.8)
    assert "stem" in canvas.document.project.network.nodes
    assert canvas.naming.field is None
