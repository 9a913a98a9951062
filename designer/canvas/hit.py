"""What is under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.card import FAR
from designer.canvas.geometry import CARD_WIDTH, LINK_REACH, PORT_REACH
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
    """A card: its `body`, its `name`, the `fix` button or the `note` under it."""

    node: str
    part: Literal["body", "name", "fix", "note"] = "body"


@dataclass(frozen=True, slots=True)
class LinkHit:
    """A link."""

    link: Link


Hit: TypeAlias = PortHit | BodyHit | LinkHit | None


def hit(scene: CanvasScene, point: QPointF, zoom: float) -> Hit:
    """What is at a point of the scene: a port before a card before a link."""
    reach = min(20.0, max(PORT_REACH, 9.0 / zoom))
    item = scene.card_at(point, reach) if zoom >= _PORTS else None
    if item is not None:
        port = nearest_port(item, point, reach)
        if port is not None:
            return port
    item = scene.card_at(point)
    if zoom < FAR:
        # Notes and links are too thin there to be meant.
        return BodyHit(item.face.name) if item and item.card.contains(point) else None
    if item is not None and (part := _part(item, point - item.at)):
        return part
    link = scene.links.at(point, max(LINK_REACH, 5.0 / zoom))
    return LinkHit(link) if link is not None else None


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


def _part(item: NodeItem, here: QPointF) -> BodyHit | None:
    pose, name = item.pose, item.face.name
    if QRectF(0, 0, CARD_WIDTH, pose.height).contains(here):
        top = (pose.base - 92.0) / 2
        named = here.x() > CARD_WIDTH / 2 and top + 8 <= here.y() <= top + 32
        return BodyHit(name, "name" if named else "body")
    if pose.fix.contains(here):
        return BodyHit(name, "fix")
    if pose.note and here.y() > pose.height and 0 <= here.x() <= CARD_WIDTH:
        return BodyHit(name, "note")
    return None
