"""The palette: found by typing, added by Enter, dragged by its rows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import resources
from designer.canvas.entries import MIME, Entry, entries, search, unpack
from designer.canvas.entry_delegate import ENTRY_ROLE
from designer.document import Document
from designer.panels.palette import Palette
from engine.layers.catalogue import kinds
from engine.network.network import Link


@pytest.fixture
def palette(qtbot: QtBot, empty: Document) -> Palette:
    panel = Palette(empty)
    qtbot.addWidget(panel)
    panel.resize(240, 800)
    panel.show()
    return panel


def shown(palette: Palette) -> list[Entry]:
    """The entries in sight, from top to bottom."""
    found: list[Entry] = []
    index = palette.tree.model().index(0, 0)
    while index.isValid():
        entry = index.data(ENTRY_ROLE)
        if isinstance(entry, Entry):
            found.append(entry)
        index = palette.tree.indexBelow(index)
    return found


def row(palette: Palette, label: str) -> QModelIndex:
    index = palette.tree.model().index(0, 0)
    while index.isValid() and index.data() != label:
        index = palette.tree.indexBelow(index)
    assert index.isValid()
    return index


def test_every_layer_and_preset_is_offered_once(palette: Palette) -> None:
    offered = [entry for entry in shown(palette) if not entry.preset]
    assert [entry.kind for entry in offered] == list(kinds())
    presets = sum(len(kind.presets) for kind in kinds().values())
    assert len(shown(palette)) == len(kinds()) + presets
    assert shown(palette) == list(entries())


def test_a_preset_stands_right_under_its_layer(palette: Palette) -> None:
    listed = shown(palette)
    for before, entry in itertools.pairwise(listed):
        if entry.preset:
            assert before.kind == entry.kind


def test_typing_finds_layers_by_name_and_by_purpose(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "maxpool")
    assert next(entry.label for entry in shown(palette)) == "MaxPool2d"
    palette.field.clear()
    QTest.keyClicks(palette.field, "probabilities")
    assert "Softmax" in {entry.label for entry in shown(palette)}
    palette.field.clear()
    assert shown(palette) == list(entries())


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("dense", "Dense"),
        ("linear", "Dense"),
        ("conv", "Conv2d"),
        ("conv 1x1", "Conv 1×1"),
        ("relu", "ReLU"),
        ("output", "Output"),
    ],
)
def test_the_best_match_comes_first(typed: str, first: str) -> None:
    assert search(typed)[0].label == first


def test_a_search_for_nothing_says_so_and_escape_clears_it(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "zzz")
    assert shown(palette) == []
    assert palette.empty.isVisible() and "zzz" in palette.empty.text()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.tree.isVisible() and not palette.empty.isVisible()


def test_typing_and_enter_draw_a_chain_without_the_mouse(palette: Palette) -> None:
    for typed in ("input", "conv2d", "relu"):
        palette.field.selectAll()
        QTest.keyClicks(palette.field, typed)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    network = palette._document.project.network
    assert [node.kind for node in network.nodes.values()] == ["Input", "Conv2d", "ReLU"]
    assert network.links == {Link("input1", "conv1"), Link("conv1", "relu1")}
    assert palette._document.selection == ("relu1",)


def test_arrows_in_the_search_field_choose_a_row(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "pool")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    wanted = shown(palette)[1].kind
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    (node,) = palette._document.project.network.nodes.values()
    assert node.kind == wanted


def test_a_double_click_adds_a_preset_with_its_values(palette: Palette) -> None:
    box = palette.tree.visualRect(row(palette, "Conv 1×1"))
    viewport = palette.tree.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=box.center())
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=box.center())
    (node,) = palette._document.project.network.nodes.values()
    assert not hasattr(node.content, "block")
    assert node.content.values["kernel_size"] == 1  # type: ignore[union-attr]


def test_a_click_folds_a_family_and_a_search_does_not_unfold_it(palette: Palette) -> None:
    box = palette.tree.visualRect(row(palette, "Convolution"))
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert "Conv2d" not in {entry.kind for entry in shown(palette)}
    QTest.keyClicks(palette.field, "conv2d")
    assert "Conv2d" in {entry.kind for entry in shown(palette)}
    palette.field.clear()
    assert "Conv2d" not in {entry.kind for entry in shown(palette)}


def test_a_chosen_family_still_shows_whether_it_is_open(palette: Palette) -> None:
    index = row(palette, "Convolution")
    box = palette.tree.visualRect(index)
    for _ in range(2):
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
        assert palette.tree.currentIndex() == index
        shown = palette.tree.viewport().grab(box).toImage()
        sign = {shown.pixel(x, y) for x in range(10, 20) for y in range(6, box.height() - 6)}
        assert len(sign) > 1


def test_no_row_stays_lit_when_a_layer_was_dragged_away(
    palette: Palette, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[QEvent.Type] = []

    class Ear(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            left.append(event.type())
            return False

    ear = Ear()
    palette.tree.viewport().installEventFilter(ear)
    monkeypatch.setattr(QDrag, "exec", lambda *rest: Qt.DropAction.CopyAction)
    palette.tree.setCurrentIndex(row(palette, "Conv2d"))
    palette.tree.startDrag(Qt.DropAction.CopyAction)
    qtbot.waitUntil(lambda: QEvent.Type.Leave in left)


def test_a_row_is_dragged_as_kind_and_values(palette: Palette) -> None:
    model = palette.tree.model()
    index = row(palette, "Depthwise conv")
    assert model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    data = model.mimeData([index])
    assert data.hasFormat(MIME)
    assert unpack(data) == index.data(ENTRY_ROLE).layer()
    assert not model.mimeData([row(palette, "Convolution")]).hasFormat(MIME)


def test_templates_are_listed_by_name_and_opened_by_enter(palette: Palette, qtbot: QtBot) -> None:
    listed = palette.templates
    names = [listed.model().index(n, 0).data() for n in range(listed.model().rowCount())]
    assert "LeNet-5" in names
    listed.setCurrentIndex(listed.model().index(names.index("LeNet-5"), 0))
    with qtbot.waitSignal(palette.template_chosen) as chosen:
        QTest.keyClick(listed, Qt.Key.Key_Return)
    assert chosen.args == [Path(resources.TEMPLATES) / "lenet5.convo"]


def test_the_palette_paints_in_both_themes(palette: Palette) -> None:
    from designer.style import theme

    light = palette.grab().toImage()
    theme().apply("dark")
    assert palette.grab().toImage() != light
    theme().apply("light")
