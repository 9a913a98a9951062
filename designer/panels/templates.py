"""The networks that ship with the program, in groups, with a line about each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QShowEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from designer.canvas.entry_delegate import paint_ground
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font
from engine.analysis import analyse
from engine.network import storage
from engine.network.errors import StorageError

PATH_ROLE = Qt.ItemDataRole.UserRole + 2
_ROLE = Qt.ItemDataRole.UserRole + 3
_ROW, _HEAD = 38, 28
SMALL = 64
"""The side of an image, in pixels, up to which a CPU trains a network of a few layers in a minute."""
_FIRST_MS, _NEXT_MS = 2500, 60
"""When the counting begins after the list is shown, and the pause between two networks."""
GROUPS = ("Small, for a CPU", "Lecture networks")


@dataclass(frozen=True, slots=True)
class Template:
    """A network in a file: its name, the shape of its images, and its group."""

    path: Path
    name: str
    shape: tuple[int, ...]

    @property
    def group(self) -> str:
        return GROUPS[0] if max(self.shape[1:], default=0) <= SMALL else GROUPS[1]


def templates(paths: Sequence[Path]) -> list[Template]:
    """What there is; reading a network whole can wait until it is opened."""
    return sorted(map(_glance, paths), key=lambda item: (GROUPS.index(item.group), _order(item)))


def _order(template: Template) -> list[tuple[int, str]]:
    """Names in the order of people, to whom 18 comes before 101."""
    parts = re.findall(r"\d+|\D+", template.name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


class TemplateList(QListView):
    """Small networks first. The line under each name is completed while nothing else is to do."""

    chosen = Signal(Path)

    def __init__(self, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        self._templates = templates(paths)
        self._counts: dict[Path, int] = {}
        self.setModel(self._model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Templates")
        self.setItemDelegate(_TemplateDelegate(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._count = QTimer(self, singleShot=True, interval=_NEXT_MS)
        self._count.timeout.connect(self._count_one)
        self.search("")
        self.doubleClicked.connect(self._choose)

    def search(self, text: str) -> int:
        """Show the templates that hold every word of `text`; returns how many there are."""
        words = text.lower().split()
        found = [item for item in self._templates if _matches(item, words)]
        self._model.clear()
        group = ""
        for template in found:
            if template.group != group:
                group = template.group
                head = QStandardItem(group)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self._model.appendRow(head)
            item = QStandardItem(template.name)
            item.setData(template.path, PATH_ROLE)
            item.setData(self._line(template), _ROLE)
            item.setToolTip("Double click, or Enter, to open")
            self._model.appendRow(item)
        return len(found)

    def choose_first(self) -> None:
        """Open the first that is shown."""
        self._choose(self._model.index(1, 0))

    def sizeHint(self) -> QSize:
        return QSize(240, 5 * _ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 2 * _ROW)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._count.start(_FIRST_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        self._count.stop()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _line(self, template: Template) -> str:
        shape = numbers.shape(template.shape) if template.shape else ""
        count = self._counts.get(template.path)
        return f"{shape} · {numbers.short(count)} parameters" if count is not None else shape

    def _count_one(self) -> None:
        """Count the parameters of the next network that has not been counted."""
        for template in self._templates:
            if template.path in self._counts:
                continue
            try:
                found = analyse(storage.load(template.path)).parameters
            except StorageError:
                found = 0
            self._counts[template.path] = found
            for row in range(self._model.rowCount()):
                item = self._model.item(row)
                if item.data(PATH_ROLE) == template.path:
                    item.setData(self._line(template), _ROLE)
            self._count.start(_NEXT_MS)
            return

    def _choose(self, index: QModelIndex) -> None:
        path = index.data(PATH_ROLE)
        if isinstance(path, Path):
            self.chosen.emit(path)


class _TemplateDelegate(QStyledItemDelegate):
    """Two lines: the name, and what is known; a group's heading has one."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(120, _HEAD if index.data(PATH_ROLE) is None else _ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        width = box.width() - 5 * SPACE
        left = box.left() + 3 * SPACE
        if index.data(PATH_ROLE) is None:
            _draw(painter, QRectF(left, box.top(), width, box.height()), index.data(), "head")
        else:
            paint_ground(painter, box, option)
            middle = box.center().y()
            _draw(painter, QRectF(left, middle - 17, width, 18), index.data(), "name")
            _draw(painter, QRectF(left, middle, width, 16), index.data(_ROLE) or "", "line")
        painter.restore()


def _draw(painter: QPainter, box: QRectF, text: str, role: str) -> None:
    weight = {
        "head": font(Type.SMALL, QFont.Weight.DemiBold),
        "name": font(Type.BODY, QFont.Weight.Medium),
        "line": font(Type.SMALL),
    }[role]
    painter.setFont(weight)
    painter.setPen(theme().color("text" if role == "name" else "muted"))
    shown = QFontMetricsF(weight).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _matches(template: Template, words: Sequence[str]) -> bool:
    said = f"{template.name} {template.path.stem} {template.group}".lower()
    return all(word in said or word in said.replace("-", "") for word in words)


def _glance(path: Path) -> Template:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        shapes = (
            node["shape"] for node in content["nodes"].values() if node.get("kind") == "Input"
        )
        return Template(path, str(content["name"]), tuple(map(int, next(shapes, ()))))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Template(path, path.stem, ())
