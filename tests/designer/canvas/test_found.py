"""The marks of findings on cards: painted at every zoom, told of and clicked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.canvas.hit import BodyHit
from designer.canvas.view import CanvasView
from designer.style import theme
from engine.network import edits
from engine.network.project import Project
from engine.training.diagnosis import Evidence, Finding

from .conftest import Hand, chain
from .test_blocks import blocky


def finding(node: str, message: str = "It is dead.", severity: str = "warning") -> Finding:
    evidence = Evidence("Dead", "step", "part", (1.0, 2.0), (0.5, 0.6), 0.5)
    return Finding("DeadReLU", "Dead ReLU", node, message, evidence, (), severity)  # type: ignore[arg-type]


def pinned(*findings: Finding) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, tuple[Finding, ...]] = {}
    for item in findings:
        found[item.node] = (*found.get(item.node, ()), item)
    return found


def shows(view: CanvasView, name: str, token: str) -> bool:
    """Whether the mark's colour is seen where it should be."""
    view.viewport().repaint()
    image = view.viewport().grab().toImage()
    center, radius = view.found._circle(name)
    spot = view.mapFromScene(center)
    reach = round(radius * view.zoom)
    colors = {
        QColor(image.pixel(spot.x() + x, spot.y() + y)).name()
        for x in range(-reach, reach + 1)
        for y in range(-reach, reach + 1)
    }
    return theme().color(token).name() in colors


@pytest.mark.parametrize("zoom", [0.12, 0.4, 1.0, 2.0])
@pytest.mark.parametrize("severity", ["warning", "error"])
def test_a_mark_is_seen_at_every_zoom(
    make_canvas: Callable[[Project], CanvasView], zoom: float, severity: str
) -> None:
    view = make_canvas(chain())
    middle = view.viewport().rect().center()
    view.look(zoom, view.canvas.nodes["relu1"].card.center(), middle)
    QApplication.processEvents()
    assert not shows(view, "relu1", severity)
    view.found.show_findings(pinned(finding("relu1", severity=severity)))
    assert shows(view, "relu1", severity)
    view.found.show_findings({})
    assert not shows(view, "relu1", severity)


@pytest.mark.parametrize("zoom", [0.12, 1.0])
def test_under_the_pointer_it_says_its_sentence_and_a_click_asks_for_more(
    make_canvas: Callable[[Project], CanvasView], zoom: float, qtbot: QtBot
) -> None:
    view = make_canvas(chain())
    view.look(zoom, view.canvas.nodes["relu1"].card.center(), view.viewport().rect().center())
    view.found.show_findings(
        pinned(finding("relu1", "Warned."), finding("relu1", "Broken.", "error"))
    )
    hand = Hand(view)
    center, _ = view.found._circle("relu1")
    hand.move(center)
    assert view.hovering.told is not None
    assert view.hovering.told[:2] == ("Broken.\nWarned.", "error")
    with qtbot.waitSignal(view.found.chosen) as chosen:
        hand.press(center)
        hand.release(center)
    assert chosen.args == ["relu1"] and view.document.selection == ("relu1",)
    view.found.show_findings({})
    assert view.hovering.told is None and view.found.hit(center) is None


def test_an_instance_carries_the_marks_of_what_is_inside(
    make_canvas: Callable[[Project], CanvasView], qtbot: QtBot
) -> None:
    project, name = blocky()
    view = make_canvas(project)
    path = f"{name}/relu1"
    view.found.show_findings(pinned(finding(path), finding("gone"), finding(f"{name}/gone")))
    assert list(view.found.marks) == [name]
    with qtbot.waitSignal(view.found.chosen) as chosen:
        view.found.choose(name)
    assert chosen.args == [path]
    view.document.enter((name,))
    assert list(view.found.marks) == ["relu1"]
    view.document.enter(())
    assert list(view.found.marks) == [name]


def test_a_mark_goes_with_its_node_and_moves_with_its_card(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(chain())
    view.found.show_findings(pinned(finding("relu1")))
    before, _ = view.found._circle("relu1")
    view.document.do("Move", lambda p: edits.move(p, {"relu1": (640.0, 40.0)}))
    after, _ = view.found._circle("relu1")
    assert (after - before).toTuple() == (40.0, 40.0)
    assert view.found.hit(after) == BodyHit("relu1", "mark")
    view.document.do("Delete", lambda p: edits.remove_and_reconnect(p, ["relu1"]))
    assert not view.found.marks and view.found.hit(after) is None
