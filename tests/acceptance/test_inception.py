"""GoogLeNet's inception block built from an empty window and repeated, once by keyboard alone and once
by mouse alone; what comes out is compared to the same network written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import torch
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu
from torch import Tensor, nn

from designer.canvas.entries import pack
from designer.canvas.entry_delegate import ENTRY_ROLE
from designer.style import SPACE
from engine.analysis import analyse
from engine.codegen import write
from engine.network.network import Instance, Link
from engine.network.project import Project
from tests.acceptance.hand import LEFT, Hand

KEYS = {QEvent.Type.KeyPress, QEvent.Type.KeyRelease}
MICE = {QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel}
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Watch(QObject):
    """Counts the events that must not come."""

    def __init__(self, unwanted: set[QEvent.Type]) -> None:
        super().__init__()
        self.unwanted, self.seen = unwanted, 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.seen += event.type() in self.unwanted
        return False


@pytest.fixture
def no_mouse(qapp: QApplication) -> Iterator[Watch]:
    watch = Watch(MICE)
    qapp.installEventFilter(watch)
    yield watch
    qapp.removeEventFilter(watch)


@pytest.fixture
def no_keys(qapp: QApplication) -> Iterator[Watch]:
    watch = Watch(KEYS)
    qapp.installEventFilter(watch)
    yield watch
    qapp.removeEventFilter(watch)


# The same by hand


def convolution(taken: int, given: int, size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(taken, given, size, padding=size // 2), nn.BatchNorm2d(given), nn.ReLU()
    )


class Inception(nn.Module):
    """Four branches from `taken` maps, side by side: 64 + 128 + 32 + 32 = 256 as in inception (3a)."""

    def __init__(
        self, taken: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int
    ) -> None:
        super().__init__()
        self.branch1 = convolution(taken, one, 1)
        self.branch2 = nn.Sequential(
            convolution(taken, three[0], 1), convolution(three[0], three[1], 3)
        )
        self.branch3 = nn.Sequential(
            convolution(taken, five[0], 1), convolution(five[0], five[1], 5)
        )
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), convolution(taken, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


def exported(project: Project) -> tuple[nn.Module, str]:
    """The module that the generated code makes, and the code."""
    source = write(project)
    names: dict[str, object] = {"__name__": "drawn"}
    exec(compile(source.text, "drawn.py", "exec"), names)
    build = names["build"]
    assert callable(build)
    module = build()
    assert isinstance(module, nn.Module)
    return module, source.text


def same(drawn: nn.Module, plain: nn.Module, shape: tuple[int, ...]) -> None:
    """With the same tensors, told apart by their shapes and order in each branch, both give the same."""
    drawn.eval()
    plain.eval()
    torch.manual_seed(1)
    theirs, ours = drawn.state_dict(), plain.state_dict()
    assert len(theirs) == len(ours)
    assert sum(t.numel() for t in drawn.parameters()) == sum(t.numel() for t in plain.parameters())
    for (name, tensor), (other, twin) in zip(theirs.items(), ours.items(), strict=True):
        assert tensor.shape == twin.shape, (name, other)
        twin.copy_(torch.rand(twin.shape) * 0.1 if twin.is_floating_point() else twin)
        tensor.copy_(twin)
    x = torch.rand(2, *shape)
    with torch.no_grad():
        torch.testing.assert_close(drawn(x), plain(x), rtol=1e-5, atol=1e-6)


def check(
    project: Project,
    shape: tuple[int, int, int],
    widths: Sequence[tuple[int, tuple[int, int], tuple[int, int], int]],
) -> None:
    """The project is valid, and is inception blocks of these widths in a row and a classifier: shapes,
    parameters, code.
    """
    analysis = analyse(project)
    assert analysis.problems == ()
    plain: list[nn.Module] = []
    taken = shape[0]
    for one, three, five, pool in widths:
        plain.append(Inception(taken, one, three, five, pool))
        taken = one + three[1] + five[1] + pool
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(taken, 10)
    twin = nn.Sequential(*plain, *head)
    assert analysis.parameters == sum(tensor.numel() for tensor in twin.parameters())
    blocks = [
        name for name, node in project.network.nodes.items() if isinstance(node.content, Instance)
    ]
    assert [analysis.nodes[name].outputs for name in blocks] == [((taken, *shape[1:]),)] * 2
    module, text = exported(project)
    assert text.count("nn.Conv2d(") == 1, "no class is written twice"
    assert text.count("class ") == 3
    same(module, twin, shape)


# By keyboard


class Keys:
    """What a person does who has no mouse."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.window = hand, hand.window
        self.document = hand.window.document

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        # As a keyboard does it: the key goes to whatever has the focus.
        popup = QApplication.activePopupWidget()
        target = QApplication.focusWidget() or popup or self.window
        QTest.keyClick(target, key, modifiers)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        field = QApplication.focusWidget()
        assert field is not None
        QTest.keyClicks(field, text)
        QApplication.processEvents()

    def add(self, query: str) -> str:
        """Shift+A, a few letters, Enter; Tab would do too, but leads into a block."""
        self.press(Qt.Key.Key_A, SHIFT)
        return self.hand.choose_layer(query)

    def fields(self, *texts: str) -> None:
        """Enter leads into the settings, Tab from one to the next, Escape back to the canvas."""
        self.press(Qt.Key.Key_Return)
        for number, text in enumerate(texts):
            if number:
                self.press(Qt.Key.Key_Tab)
            if text:
                self.press(Qt.Key.Key_A, CTRL)
                self.type(text)
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_Escape)
        assert self.window.canvas.hasFocus()

    def command(self, query: str) -> None:
        """Ctrl+K, a few letters, Enter."""
        self.press(Qt.Key.Key_K, CTRL)
        self.type(query)
        self.press(Qt.Key.Key_Return)

    def name_block(self, name: str) -> None:
        """Inside a block and with nothing selected, Enter leads to its name."""
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_A, CTRL)
        self.type(name)
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_Escape)
        assert self.window.canvas.hasFocus()

    def walk(self, *ways: str, extend: bool = False) -> None:
        for way in ways:
            modifier = SHIFT if extend else Qt.KeyboardModifier.NoModifier
            self.press(getattr(Qt.Key, f"Key_{way}"), modifier)

    def find(self, text: str) -> None:
        """Ctrl+F, the name, Enter, Escape."""
        self.press(Qt.Key.Key_F, CTRL)
        self.press(Qt.Key.Key_A, CTRL)
        self.type(text)
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_Escape)

    @property
    def here(self) -> str:
        return self.document.selection[-1]


def convolution_block(keys: Keys) -> None:
    """conv -> norm -> relu behind the input, made a block with two parameters."""
    conv = keys.add("conv2d")
    keys.fields("64", "1")
    keys.add("batchnorm")
    keys.add("relu")
    keys.walk("Left", "Left", extend=True)
    assert keys.here == conv
    keys.press(Qt.Key.Key_G, CTRL)
    keys.press(Qt.Key.Key_A, CTRL)
    keys.type("branch1")
    keys.press(Qt.Key.Key_Return)
    assert keys.here == "branch1"
    # Tab leads into the block, whose page asks for its name.
    keys.press(Qt.Key.Key_Tab)
    assert keys.document.scope == ("branch1",)
    keys.name_block("ConvBlock")
    # Its width and its kernel become parameters, the padding follows the kernel.
    keys.walk("Right", "Right")
    assert keys.here == conv
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_P, CTRL | SHIFT)
    keys.press(Qt.Key.Key_Tab)
    keys.press(Qt.Key.Key_P, CTRL | SHIFT)
    keys.press(Qt.Key.Key_Escape)
    keys.fields("", "", "", "kernel_size // 2")
    keys.press(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert keys.document.scope == () and keys.here == "branch1"
    (block,) = keys.document.project.network.blocks.values()
    assert block.parameters == (("out_channels", 64), ("kernel_size", 1))


def test_an_inception_block_is_built_and_repeated_by_keyboard_alone(
    hand: Hand, no_mouse: Watch
) -> None:
    keys, document = Keys(hand), hand.window.document
    source = keys.add("input")
    keys.fields("1, 16, 16")
    convolution_block(keys)
    for widths, size in (((96, 128), "3"), ((16, 32), "5")):
        keys.find(source)
        keys.add("ConvBlock")
        keys.fields(str(widths[0]))
        keys.add("ConvBlock")
        keys.fields(str(widths[1]), size)
    keys.find(source)
    keys.add("maxpool")
    keys.fields("3", "1", "1")
    keys.add("ConvBlock")
    keys.fields("32")
    last = keys.here
    # Concat behind the first branch; the ends of the others are linked to it by name.
    keys.find("branch1")
    concat = keys.add("concat")
    for name in ("convblock2", "convblock4", last):
        keys.find(name)
        keys.press(Qt.Key.Key_K)
        keys.type("conc")
        keys.press(Qt.Key.Key_Return)
    assert document.shown_analysis.nodes[concat].outputs == ((256, 16, 16),)
    # All but the input, by walking; then a block, applied twice, and once more with other weights.
    keys.find(concat)
    keys.walk("Left", "Down", "Down", "Down", "Left", "Up", "Up", extend=True)
    assert len(keys.document.selection) == 8 and source not in keys.document.selection
    keys.press(Qt.Key.Key_G, CTRL)
    keys.press(Qt.Key.Key_A, CTRL)
    keys.type("first")
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Tab)
    keys.name_block("Inception")
    keys.command("leave")
    keys.fields("2")
    keys.add("Inception")
    keys.add("adaptiveavg")
    keys.fields("1")
    keys.add("flatten")
    keys.add("linear")
    keys.fields("10")
    keys.add("output")
    check(document.project, (1, 16, 16), ((64, (96, 128), (16, 32), 32),) * 3)
    assert no_mouse.seen == 0


# By mouse

NONE = Qt.KeyboardModifier.NoModifier


class Mouse:
    """What a person does who has no keyboard."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.window = hand, hand.window
        self.document = hand.window.document
        self.canvas = hand.canvas

    def add(self, label: str) -> str:
        """Double click in the palette; the new node's name."""
        before = set(self.document.shown.network.nodes)
        tree = self.window.palette_panel.tree
        tree.scrollTo(self.row(label))
        spot = tree.visualRect(self.row(label)).center()
        QTest.mouseClick(tree.viewport(), LEFT, NONE, spot)
        QTest.mouseDClick(tree.viewport(), LEFT, NONE, spot)
        QTest.mouseRelease(tree.viewport(), LEFT, NONE, spot)
        QApplication.processEvents()
        (new,) = set(self.document.shown.network.nodes) - before
        return new

    def row(self, label: str) -> QModelIndex:
        model = self.window.palette_panel.tree.model()
        found = model.match(
            model.index(0, 0),
            Qt.ItemDataRole.DisplayRole,
            label,
            -1,
            Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive,
        )
        # A family may be called as one of its layers.
        return next(index for index in found if index.data(ENTRY_ROLE) is not None)

    def drop(self, label: str, at: QPointF) -> None:
        """Drag from the palette to a point of the canvas, by the events that Qt sends for a drag."""
        entry = self.row(label).data(ENTRY_ROLE)
        data, spot, viewport = pack(entry), self.canvas.mapFromScene(at), self.canvas.viewport()
        copy = Qt.DropAction.CopyAction
        QApplication.sendEvent(viewport, QDragEnterEvent(spot, copy, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDragMoveEvent(spot, copy, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDropEvent(QPointF(spot), copy, data, LEFT, NONE))
        QApplication.processEvents()

    def step(self, parameter: str, by: int) -> None:
        """Press a field's arrow so many times."""
        field = next(
            found
            for found in self.window.inspector.findChildren(QLineEdit, parameter)
            if found.isVisible()
        )
        self.window.inspector.ensureWidgetVisible(field)
        middle = field.rect().center()
        spot = QPoint(field.width() - 8, middle.y() + (6 if by < 0 else -6))
        for _ in range(abs(by)):
            QTest.mouseClick(field, LEFT, NONE, spot)
        QApplication.processEvents()

    def promote(self, parameter: str) -> None:
        """Move over a field of the inspector and press the button that appears beside it."""
        form = self.window.inspector.node_page.forms.current
        assert form is not None
        button = form.buttons[parameter]
        QTest.mouseMove(form.editors[parameter])
        self.hand.click(button)

    def word(self, parameter: str, word: str) -> None:
        """One of the words that a field offers behind its three dots."""
        form = self.window.inspector.node_page.forms.current
        assert form is not None
        field = form.editors[parameter]
        self.window.inspector.ensureWidgetVisible(field)
        spot = QPoint(field.width() - SPACE - 18 - 9, field.height() // 2)
        QTest.mouseClick(field, LEFT, NONE, spot)
        self.choose(word)

    def back(self) -> None:
        """The outermost name of the breadcrumb."""
        button = self.canvas.breadcrumb.findChildren(QAbstractButton)[0]
        self.hand.click(button)

    def menu(self, at: QPoint, label: str) -> None:
        """The menu under the right button, and one of its lines."""
        viewport = self.canvas.viewport()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at))
        QApplication.sendEvent(viewport, event)
        self.choose(label)

    def menu_bar(self, title: str, label: str) -> None:
        bar = self.window.menuBar()
        menu = self.window.menus[title]
        QTest.mouseClick(bar, LEFT, NONE, bar.actionGeometry(menu.menuAction()).center())
        self.choose(label)

    def choose(self, label: str) -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu), f"no menu opened for {label}"
        actions = {action.text().replace("&", ""): action for action in menu.actions()}
        QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(actions[label]).center())
        QApplication.processEvents()

    def fit(self) -> None:
        self.menu_bar("View", "Fit all")

    def box(self, first: str, *others: str) -> None:
        """Select by a box drawn around cards, from right below them, where no link runs."""
        cards = [self.canvas.canvas.nodes[name].card for name in (first, *others)]
        around = cards[0]
        for card in cards:
            around = around.united(card)
        around.adjust(-16, -16, 16, 16)
        spots = self.canvas.mapFromScene(around).boundingRect()
        self.hand.drag(spots.bottomRight(), spots.topLeft())
        assert set(self.document.selection) == {first, *others}

    def make_block(self, *names: str) -> str:
        """By the menu of one of the cards in a box; a click on nothing takes the offered name."""
        self.box(*names)
        self.menu(self.hand.card(names[0]), "Make a block")
        (made,) = self.document.selection
        self.hand.click(self.canvas.viewport(), self.hand.room_near(made))
        return made

    def select(self, name: str) -> None:
        self.hand.click_card(name)
        assert self.document.selection == (name,)

    def link(self, source: str, target: str) -> None:
        """Drag from an output to a card."""
        self.hand.drag(self.hand.port(source, "out"), self.hand.card(target))


def test_an_inception_block_is_built_and_repeated_by_mouse_alone(
    hand: Hand, no_keys: Watch
) -> None:
    mouse, document = Mouse(hand), hand.window.document
    source = mouse.add("Input")
    conv, relu = mouse.add("Conv 1×1"), mouse.add("ReLU")
    # The normalization is dropped on the link between them.
    wire = hand.canvas.canvas.links.wires[Link(conv, relu)]
    mouse.drop("BatchNorm2d", wire.course.middle)
    (norm,) = document.selection
    mouse.fit()
    one = mouse.make_block(conv, norm, relu)
    (block,) = document.project.network.blocks
    # Into the block: its width and its kernel become parameters, the padding keeps the size.
    QTest.mouseDClick(hand.canvas.viewport(), LEFT, NONE, hand.card(one))
    assert document.scope == (one,)
    mouse.select(conv)
    mouse.promote("out_channels")
    mouse.promote("kernel_size")
    mouse.word("padding", "same")
    mouse.back()
    assert document.scope == ()
    branches: list[tuple[str, ...]] = [(one,)]
    for few, many, size in ((-4, 8, 2), (-12, -8, 4)):
        mouse.select(source)
        first = mouse.add(block)
        mouse.step("out_channels", few)
        second = mouse.add(block)
        mouse.step("out_channels", many)
        mouse.step("kernel_size", size)
        branches.append((first, second))
        mouse.fit()
    mouse.select(source)
    pool = mouse.add("MaxPool2d")
    for parameter in ("kernel_size", "stride", "padding"):
        mouse.step(parameter, 1)
    mouse.fit()
    branches.append((pool, mouse.add(block)))
    mouse.step("out_channels", -8)
    mouse.fit()
    # One link by a double click behind the selection, the others by hand.
    mouse.select(one)
    concat = mouse.add("Concat")
    mouse.fit()
    for branch in branches[1:]:
        mouse.link(branch[-1], concat)
    assert document.shown_analysis.nodes[concat].outputs == ((16 + 24 + 8 + 8, 28, 28),)
    inception = mouse.make_block(*(name for branch in branches for name in branch), concat)
    (second_block,) = set(document.project.network.blocks) - {block}
    mouse.fit()
    mouse.select(inception)
    mouse.step("repeat", 1)
    mouse.add(second_block)
    mouse.add("AdaptiveAvgPool2d")
    mouse.step("output_size", -6)
    for label in ("Flatten", "Dense", "Output"):
        mouse.add(label)
    check(document.project, (1, 28, 28), ((16, (12, 24), (4, 8), 8),) * 3)
    assert no_keys.seen == 0
