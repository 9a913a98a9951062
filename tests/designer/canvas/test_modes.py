"""Muting, bypassing, freezing and replacing, and how they look."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.canvas import commands
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link, Mode

from .conftest import Hand, links


@pytest.mark.parametrize("mode", ["muted", "bypassed"])
def test_a_mode_is_set_for_the_whole_selection_and_taken_back_the_same_way(
    canvas: CanvasView, mode: Mode
) -> None:
    nodes = canvas.document.project.network.nodes
    canvas.document.select(["conv1", "relu1"])
    canvas.document.do("one", lambda p: edits.set_mode(p, ["conv1"], mode))
    plain = canvas.grab().toImage()
    commands.set_mode(canvas.document, mode)
    assert [canvas.document.project.network.nodes[n].mode for n in ("conv1", "relu1")] == [mode] * 2
    assert canvas.canvas.nodes["relu1"].face.mode == mode
    assert canvas.grab().toImage() != plain
    commands.set_mode(canvas.document, mode)
    assert canvas.document.project.network.nodes["conv1"] == nodes["conv1"]


def test_where_the_network_begins_is_never_muted(canvas: CanvasView) -> None:
    told: list[str] = []
    canvas.document.refused.connect(told.append)
    canvas.document.select(["input1"])
    commands.set_mode(canvas.document, "muted")
    assert len(told) == 1 and "input1" in told[0]


def test_freezing_shows_a_lock_and_toggles(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    plain = canvas.grab().toImage()
    commands.freeze(canvas.document)
    assert canvas.document.project.network.nodes["conv1"].frozen
    assert canvas.grab().toImage() != plain
    commands.freeze(canvas.document)
    assert not canvas.document.project.network.nodes["conv1"].frozen
    assert canvas.grab().toImage() == plain


def choose(canvas: CanvasView, text: str) -> None:
    popup = canvas.adding.popup
    assert popup is not None
    QTest.keyClicks(popup.field, text)
    QTest.keyClick(popup.field, Qt.Key.Key_Return)


def test_a_layer_is_replaced_by_another_kind_with_links_and_shared_settings(
    canvas: CanvasView,
) -> None:
    canvas.document.do("set", lambda p: edits.set_parameters(p, "conv1", kernel_size=5))
    canvas.document.select(["conv1"])
    canvas.replace()
    popup = canvas.adding.popup
    assert popup is not None and "Replace conv1" in popup.field.placeholderText()
    offered = {popup.model.item(row).text() for row in range(popup.model.rowCount())}
    assert "MaxPool2d" in offered and "Dense" not in offered and "Output" not in offered
    choose(canvas, "locally")
    node = canvas.document.project.network.nodes["conv1"]
    assert node.kind == "LocallyConnected2d"
    assert node.content.values["kernel_size"] in (5, (5, 5))  # type: ignore[union-attr]
    assert {Link("input1", "conv1"), Link("conv1", "relu1")} <= links(canvas)
    canvas.document.undo()
    assert canvas.document.project.network.nodes["conv1"].kind == "Conv2d"


def test_several_layers_of_one_role_are_replaced_at_once(canvas: CanvasView) -> None:
    canvas.document.do(
        "more",
        lambda p: edits.insert_on_link(p, Link("relu1", "flatten1"), layer("ReLU"), (0, 400)),
    )
    canvas.document.select(["relu1", "relu2"])
    canvas.replace()
    choose(canvas, "gelu")
    kinds = [canvas.document.project.network.nodes[name].kind for name in ("relu1", "relu2")]
    assert kinds == ["GELU", "GELU"]


def test_layers_of_other_roles_are_not_replaced_together(canvas: CanvasView) -> None:
    told: list[str] = []
    canvas.document.refused.connect(told.append)
    canvas.document.select(["input1", "relu1"])
    canvas.replace()
    assert canvas.adding.popup is None and len(told) == 1


def test_escape_leaves_what_was_to_be_replaced(canvas: CanvasView) -> None:
    before = canvas.document.project
    canvas.document.select(["conv1"])
    canvas.replace()
    popup = canvas.adding.popup
    assert popup is not None
    QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    assert canvas.document.project is before and canvas.adding.popup is None


def test_nodes_are_taken_out_and_duplicated_by_commands(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["relu1"])
    commands.take_out(canvas.document, canvas.canvas.cards())
    assert Link("conv1", "flatten1") in links(canvas)
    assert not canvas.canvas.links_of(["relu1"])
    canvas.document.undo()
    canvas.document.select(["conv1"])
    commands.duplicate_linked(canvas.document, canvas.canvas.cards())
    (name,) = canvas.document.selection
    assert Link("input1", name) in links(canvas)
