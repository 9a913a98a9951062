"""The ranked list of the panel "Make it fit", and what a choice would change, now and then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from designer.document import Document
from designer.inspector.parts import Fact
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font
from engine.analysis import NodeReport
from engine.design.candidates import Candidate

Index = QModelIndex | QPersistentModelIndex
CANDIDATE = Qt.ItemDataRole.UserRole
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap


class Results(QListWidget):
    """Candidates, the best first. The pointer or the arrows look at one; Enter or a double click applies it."""

    applied = Signal(object)
    shown = Signal(object)
    """The candidate that is looked at, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._candidates: tuple[Candidate, ...] = ()
        self._hovered: Candidate | None = None
        self._picked = False
        """Whether a person has chosen the row; else it is the best one."""
        self.setAccessibleName("Settings that fit")
        self.setItemDelegate(Cards(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(100)
        self.itemEntered.connect(lambda item: self._look(item.data(CANDIDATE)))
        self.viewportEntered.connect(lambda: self._look(None))
        self.currentItemChanged.connect(lambda *_: self._tell())
        self.itemDoubleClicked.connect(lambda item: self.applied.emit(item.data(CANDIDATE)))

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Show these; the one that a person chose stays chosen if it is still there, else the best is."""
        candidates = tuple(candidates)
        if candidates == self._candidates:
            return
        chosen, self._hovered = self.chosen, None
        self._candidates = candidates
        self.blockSignals(True)
        self.clear()
        for candidate in candidates:
            item = QListWidgetItem(candidate.changes)
            item.setData(CANDIDATE, candidate)
            self.addItem(item)
        self._picked = self._picked and chosen in candidates
        again = candidates.index(chosen) if self._picked and chosen is not None else 0
        self.setCurrentRow(again if candidates else -1)
        self.blockSignals(False)
        self._tell()

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that the keyboard or a click has chosen."""
        item = self.currentItem()
        return item.data(CANDIDATE) if item is not None else None

    @property
    def looked_at(self) -> Candidate | None:
        """The one under the pointer, else the chosen one."""
        return self._hovered or self.chosen

    def _look(self, candidate: Candidate | None) -> None:
        self._hovered = candidate
        self._tell()

    def _tell(self) -> None:
        self.shown.emit(self.looked_at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._picked = True
        super().mousePressEvent(event)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._look(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen is not None:
            self.applied.emit(self.chosen)
        else:
            self._hovered, self._picked = None, True
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class Cards(QStyledItemDelegate):
    """What a candidate changes, in as many lines as it needs, and under it what that leads to."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        width = view.viewport().width() if isinstance(view, QListWidget) else 240
        candidate: Candidate = index.data(CANDIDATE)
        height = _height(candidate.changes, font(Type.BODY), width - 4 * SPACE)
        height += _height(summary(candidate), font(Type.SMALL), width - 4 * SPACE)
        return QSize(width, height + 3 * SPACE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        candidate: Candidate = index.data(CANDIDATE)
        box: QRect = option.rect  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        tokens = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("selection" if chosen else "hover"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 6, 6)
        text = box.adjusted(2 * SPACE, SPACE + 1, -2 * SPACE, -SPACE)
        painter.setPen(tokens.color("text"))
        painter.setFont(font(Type.BODY))
        painter.drawText(text, _FLAGS, candidate.changes)
        text.setTop(text.top() + _height(candidate.changes, font(Type.BODY), text.width()) + 2)
        painter.setPen(tokens.color("muted" if candidate.sound else "error"))
        painter.setFont(font(Type.SMALL))
        painter.drawText(text, _FLAGS, summary(candidate))
        painter.restore()


def _height(text: str, weight: QFont, width: int) -> int:
    return QFontMetrics(weight).boundingRect(0, 0, max(40, width), 4000, _FLAGS, text).height()


def summary(candidate: Candidate) -> str:
    """What a candidate leads to, in a line: `6×32×32 · 5 px seen · 61,706 parameters`."""
    parts = [numbers.shape(candidate.shape)]
    if candidate.receptive is not None:
        parts.append(f"sees {numbers.plane(candidate.receptive)}")
    if candidate.sound:
        parts.append(f"{numbers.short(candidate.parameters)} parameters")
    else:
        broken = candidate.broken
        some = ", ".join(broken[:2]) + (f" and {len(broken) - 2} more" if len(broken) > 2 else "")
        parts.append(f"breaks {some}" if broken else "breaks the network")
    return " · ".join(parts)


class Now(NamedTuple):
    """The selection and the network as they are; `flow` is the shapes in and out."""

    flow: str
    output: str
    field: str
    own_parameters: int
    parameters: int
    macs: int
    memory: int
    errors: int


def now(document: Document) -> Now:
    """The numbers of the selected nodes and of the whole network."""
    shown, whole = document.shown_analysis, document.analysis
    places = {name: place for place, name in enumerate(shown.order)}
    names = sorted(document.selection, key=lambda name: places.get(name, len(places)))
    reports = [shown.nodes.get(name, NodeReport()) for name in names]
    first, last = (reports[0], reports[-1]) if reports else (NodeReport(), NodeReport())
    seen = shown.receptive(names[-1]) if names else None
    output = numbers.shape(last.outputs[0]) if last.outputs else "?"
    given = ", ".join(numbers.shape(shape) for shape in first.inputs)
    return Now(
        f"{given} → {output}" if given else output,
        output,
        numbers.plane(seen.size) if seen is not None else "–",
        sum(item.parameters for item in reports),
        whole.parameters,
        whole.macs,
        whole.memory,
        sum(item.severity == "error" for item in whole.problems),
    )


def consequences(before: Now, candidate: Candidate) -> tuple[Fact, ...]:
    """What would be otherwise, now and then."""
    field = numbers.plane(candidate.receptive) if candidate.receptive is not None else "–"
    own = _change(numbers.count(before.own_parameters), numbers.count(candidate.own_parameters))
    facts = [
        Fact("Output", _change(before.output, numbers.shape(candidate.shape))),
        Fact("Receptive field", _change(before.field, field)),
        Fact("Own parameters", own, "Learnable numbers of the selected layers"),
    ]
    if not candidate.sound:
        # Nothing behind what breaks is counted, so totals would say nothing.
        broken = ", ".join(candidate.broken[:3]) or "the network"
        return (*facts, Fact("Breaks", broken, "What no longer takes what it is given"))
    facts += [
        Fact(
            "All parameters",
            _change(numbers.count(before.parameters), numbers.count(candidate.parameters)),
            "Learnable numbers of the whole network",
        ),
        Fact("MACs", _change(numbers.short(before.macs), numbers.short(candidate.macs))),
        Fact("Memory", _change(numbers.size(before.memory), numbers.size(candidate.memory))),
    ]
    if candidate.errors or before.errors:
        facts.append(Fact("Problems", _change(str(before.errors), str(candidate.errors))))
    return tuple(facts)


def _change(before: str, after: str) -> str:
    return f"{before} → {after}" if before != after else before
