"""What is under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.card import FAR
from designer.canvas.frame import Part
from designer.canvas.geometry import CARD_WIDTH, DOT, LINK_REACH, PORT_REACH
from designer.canvas.node import NodeItem
from designer.canvas.scene import CanvasScene
from engine.network.network import Link

Side: TypeAlias = Literal["in", "out"]

_PORTS = 0.15
"""Below this zoom a press on a card's edge means the card."""


@dataclass(frozen=True, slots=True)
class PortHit:
    """Port number `index` on the `in` or `out` side of a node."""

    node: str
    side: Side
    index: int


@dataclass(frozen=True, slots=True)
class BodyHit:
    """A card: its `body`, its `name`, one of the buttons (`fix`) or the `note` under it, or its `mark`.

    `number` tells which button.
    """

    node: str
    part: Literal["body", "name", "fix", "note", "mark"] = "body"
    number: int = 0


@dataclass(frozen=True, slots=True)
class LinkHit:
    """A link."""

    link: Link


@dataclass(frozen=True, slots=True)
class FrameHit:
    """A frame by its title bar, or by an edge or corner that resizes it."""

    frame: str
    part: Part


Hit: TypeAlias = PortHit | BodyHit | LinkHit | FrameHit | None


def hit(scene: CanvasScene, point: QPointF, zoom: float) -> Hit:
    """What is at a point of the scene: a port before a card before a link before a frame's edge."""
    reach = min(20.0, max(PORT_REACH, 9.0 / zoom))
    item = scene.card_at(point, reach) if zoom >= _PORTS else None
    if item is not None and item.face.dot:
        return _dot(item, point - item.card.center())
    if item is not None:
        port = nearest_port(item, point, reach)
        if port is not None:
            return port
    item = scene.card_at(point)
    if zoom < FAR:
        # Notes and links are too thin there to be meant.
        if item is not None and item.card.contains(point):
            return BodyHit(item.face.name)
        return _frame(scene, point, zoom)
    if item is not None and (part := _part(item, point - item.at)):
        return part
    link = scene.links.at(point, max(LINK_REACH, 5.0 / zoom))
    return LinkHit(link) if link is not None else _frame(scene, point, zoom)


def _frame(scene: CanvasScene, point: QPointF, zoom: float) -> FrameHit | None:
    found = scene.frames.at(point, zoom)
    return FrameHit(*found) if found is not None else None


def nearest_port(
    item: NodeItem, point: QPointF, reach: float, side: Side | None = None
) -> PortHit | None:
    """The port of a card nearest to a point and within `reach` of it, on either side or on one."""
    best: tuple[float, PortHit] | None = None
    here = point - item.at
    places: tuple[tuple[Side, tuple[QPointF, ...]], ...] = (
        ("in", item.pose.inputs),
        ("out", item.pose.outputs),
    )
    for which, ports in places:
        if side is not None and which != side:
            continue
        for index, port in enumerate(ports):
            gap = port - here
            distance = gap.x() * gap.x() + gap.y() * gap.y()
            if distance <= reach * reach and (best is None or distance < best[0]):
                best = distance, PortHit(item.face.name, which, index)
    return best[1] if best else None


def _dot(item: NodeItem, off: QPointF) -> BodyHit | PortHit:
    """A bend of a link: the dot itself, its right side a port to branch off from, its left one."""
    name = item.face.name
    if abs(off.x()) <= DOT / 2 or abs(off.y()) > abs(off.x()):
        return BodyHit(name)
    return PortHit(name, "in" if off.x() < 0 else "out", 0)


def _part(item: NodeItem, here: QPointF) -> BodyHit | None:
    pose, name = item.pose, item.face.name
    if QRectF(0, 0, pose.width, pose.height).contains(here):
        return BodyHit(name, "name" if pose.name_box.contains(here) else "body")
    for number, box in enumerate(pose.fixes):
        if box.contains(here):
            return BodyHit(name, "fix", number)
    if pose.note and here.y() > pose.height and 0 <= here.x() <= CARD_WIDTH:
        return BodyHit(name, "note")
    return None
