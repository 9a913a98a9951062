"""Every template, and the inside of each of its blocks, lies as by hand: on the real scene."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

import resources
from designer.canvas.card import INSET, fitting_count
from designer.canvas.geometry import CARD_WIDTH
from designer.canvas.scene import CanvasScene
from designer.canvas.words import measure
from designer.document import Document
from designer.style import Type
from designer.style.theme import font
from engine.network import storage
from engine.network.network import Instance, Link
from engine.network.project import Project
from engine.network.scope import Scope, opened

TEMPLATES = sorted(resources.TEMPLATES.glob("*.convo"))
MOST = 4.0
"""Width to height, at most, of what is wider than a window."""


def scopes(project: Project, scope: Scope = ()) -> dict[str, Scope]:
    """A way into every block that is used, by the block's name; the empty name is the network's."""
    found = {"": scope} if not scope else {}
    for name, node in opened(project, scope).network.nodes.items():
        if isinstance(node.content, Instance) and node.content.block not in found:
            found[node.content.block] = (*scope, name)
            found |= {
                block: way
                for block, way in scopes(project, (*scope, name)).items()
                if block not in found
            }
    return found


def course(scene: CanvasScene, link: Link) -> list[QLineF]:
    """A link as straight pieces."""
    points = [
        point for part in scene.links.wires[link].course.path.toSubpathPolygons() for point in part
    ]
    return [QLineF(one, other) for one, other in pairwise(points) if one != other]


def crosses(line: QLineF, rect: QRectF) -> bool:
    if rect.contains(line.p1()) or rect.contains(line.p2()):
        return True
    corners = [rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft()]
    return any(
        meet(line, QLineF(corners[number], corners[(number + 1) % 4])) for number in range(4)
    )


def meet(one: QLineF, other: QLineF) -> bool:
    kind, _ = one.intersects(other)
    return kind == QLineF.IntersectionType.BoundedIntersection


@pytest.fixture(scope="module", params=TEMPLATES, ids=lambda path: path.stem)
def scenes(request: pytest.FixtureRequest, qapp: QApplication) -> dict[str, CanvasScene]:
    """The scene of the network and of the inside of every block."""
    path = request.param
    assert isinstance(path, Path)
    project = storage.load(path)
    found: dict[str, CanvasScene] = {}
    for block, scope in scopes(project).items():
        document = Document(project)
        if scope:
            document.enter(scope)
        found[block] = CanvasScene(document)
    return found


def test_cards_lie_apart(scenes: dict[str, CanvasScene]) -> None:
    for block, scene in scenes.items():
        cards = {name: item.card for name, item in scene.nodes.items()}
        for (one, left), (other, right) in combinations(cards.items(), 2):
            room = (
                0 if "Reroute" in (scene.nodes[one].face.kind, scene.nodes[other].face.kind) else 28
            )
            assert not left.adjusted(-room, -room, room, room).intersects(right), (
                block,
                one,
                other,
            )


def test_no_link_passes_through_a_card(scenes: dict[str, CanvasScene]) -> None:
    for block, scene in scenes.items():
        for link in scene.links.wires:
            pieces = course(scene, link)
            for name, item in scene.nodes.items():
                if name not in (link.source, link.target):
                    assert not any(crosses(piece, item.card) for piece in pieces), (
                        block,
                        link,
                        name,
                    )


def test_no_links_cross(scenes: dict[str, CanvasScene]) -> None:
    for block, scene in scenes.items():
        wires = {link: course(scene, link) for link in scene.links.wires}
        bounds = {
            link: scene.links.wires[link].course.bounds.adjusted(-1, -1, 1, 1) for link in wires
        }
        for one, other in combinations(wires, 2):
            if (one.source, one.output) == (
                other.source,
                other.output,
            ) or one.target == other.target:
                continue
            if bounds[one].intersects(bounds[other]):
                assert not any(meet(a, b) for a in wires[one] for b in wires[other]), (
                    block,
                    one,
                    other,
                )


def test_what_follows_on_in_a_row_is_level(scenes: dict[str, CanvasScene]) -> None:
    """A link to the next card of its row is a straight line."""
    for block, scene in scenes.items():
        for link in scene.links.wires:
            start = scene.nodes[link.source].port("out", link.output)
            end = scene.nodes[link.target].port("in", link.input)
            kinds = {scene.nodes[link.source].face.kind, scene.nodes[link.target].face.kind}
            near = 0 < end.x() - start.x() < 100 and abs(end.y() - start.y()) < 30
            if near and "Concat" not in kinds:
                assert start.y() == end.y(), (block, link)


def test_no_network_is_a_ribbon(scenes: dict[str, CanvasScene]) -> None:
    for block, scene in scenes.items():
        extent = scene.extent()
        for item in scene.nodes.values():
            extent = extent.united(item.card)
        assert extent.width() <= max(2500.0, MOST * extent.height()), block


def test_shapes_are_written_whole_when_near(scenes: dict[str, CanvasScene]) -> None:
    small = measure(font(Type.SMALL))
    bold = measure(font(Type.SMALL, QFont.Weight.Medium))
    for where, scene in scenes.items():
        for name, node in scene.nodes.items():
            face = node.face
            if not face.outputs or face.absent:
                continue
            needed = bold.horizontalAdvance(face.leaving)
            if face.arriving:
                needed += small.horizontalAdvance(f"{face.arriving} → ")
            count = fitting_count(face)
            if count:
                needed += small.horizontalAdvance(count) + 8
            assert needed <= CARD_WIDTH - 2 * INSET, (where, name, face.arriving, face.leaving)
