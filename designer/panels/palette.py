"""The palette: every layer by family, searched by typing, dragged to the canvas or added by Enter;
under it the templates.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDrag,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

import resources
from designer.canvas.backdrop import paint_pill
from designer.canvas.entries import MIME, Entry, entries, pack, search
from designer.canvas.entry_delegate import ENTRY_ROLE, EntryDelegate, paint_ground
from designer.canvas.placing import newest
from designer.document import Document
from designer.style import SPACE, Type, theme
from designer.style.icons import icon
from designer.style.theme import font
from engine.network import edits

WIDTH = 240
_HEADER_HEIGHT = 30
_PATH_ROLE = Qt.ItemDataRole.UserRole + 2
_FAMILY_NAMES = {
    "io": "Input and output",
    "convolution": "Convolution",
    "pooling": "Pooling",
    "activation": "Activation",
    "normalization": "Normalization",
    "dense": "Dense",
    "shape": "Shape",
    "merge": "Merge",
}


class Palette(QWidget):
    """`template_chosen(Path)` asks to open a template; layers go into the document directly."""

    template_chosen = Signal(Path)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search layers")
        self.field.setAccessibleName("Search layers")
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.tree = LayerTree()
        self.empty = QLabel()
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.empty.setMargin(4 * SPACE)
        self.templates = TemplateList(sorted(resources.TEMPLATES.glob("*.convo")))
        heading = QLabel("Templates")
        heading.setProperty("role", "section")
        heading.setContentsMargins(3 * SPACE, 2 * SPACE, 0, SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * SPACE, 0, SPACE)
        layout.setSpacing(SPACE)
        search_row = QVBoxLayout()
        search_row.setContentsMargins(2 * SPACE, 0, 2 * SPACE, 0)
        search_row.addWidget(self.field)
        layout.addLayout(search_row)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(heading)
        layout.addWidget(self.templates)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.tree.chosen.connect(self.add)
        self.templates.chosen.connect(self.template_chosen)
        self._search("")

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 240)

    def add(self, entry: Entry) -> None:
        """Append a layer after the selection, and select it."""
        document, layer = self._document, entry.layer()
        after = document.selection[-1] if document.selection else None
        if document.do(f"Add {entry.label}", lambda project: edits.append(project, layer, after)):
            document.select([newest(document.shown)])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.tree.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.tree.choose_current()
            self.field.selectAll()
        elif key == Qt.Key.Key_Escape and self.field.text():
            self.field.clear()
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        found = search(text) if text.strip() else []
        if text.strip():
            self.tree.show_found(found)
        else:
            self.tree.show_families()
        nothing = bool(text.strip()) and not found
        self.tree.setVisible(not nothing)
        self.empty.setVisible(nothing)
        self.empty.setText(f"No layer matches “{text.strip()}”. Try conv, pool, norm or dense.")


class _Model(QStandardItemModel):
    """Rows that can be dragged: each gives its entry away as JSON."""

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        found = (index.data(ENTRY_ROLE) for index in indexes)
        entry = next((item for item in found if isinstance(item, Entry)), None)
        return pack(entry) if entry else QMimeData()


class LayerTree(QTreeView):
    """Families with their layers; while searching, the layers alone, the best match first."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._closed: set[str] = set()
        self.setModel(self._model)
        self.setItemDelegate(_PaletteDelegate(self))
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setAccessibleName("Layers")
        self.clicked.connect(self._fold)
        self.doubleClicked.connect(self._choose)
        self.collapsed.connect(lambda index: self._closed.add(index.data()))
        self.expanded.connect(lambda index: self._closed.discard(index.data()))

    def show_families(self) -> None:
        """All layers under their families, folded as they were."""
        closed = set(self._closed)
        self._model.clear()
        for family, name in _FAMILY_NAMES.items():
            head = QStandardItem(name)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            for entry in entries():
                if entry.family == family:
                    head.appendRow(_row(entry))
            self._model.appendRow(head)
            self.setExpanded(head.index(), name not in closed)

    def show_found(self, found: Sequence[Entry]) -> None:
        """These layers in this order."""
        self._model.clear()
        for entry in found:
            self._model.appendRow(_row(entry))
        self.setCurrentIndex(self._model.index(0, 0))

    def step(self, by: int) -> None:
        """Make the next or previous row the current one."""
        current = self.currentIndex()
        if not current.isValid():
            self.setCurrentIndex(self._model.index(0, 0))
            return
        there = self.indexBelow(current) if by > 0 else self.indexAbove(current)
        if there.isValid():
            self.setCurrentIndex(there)

    def choose_current(self) -> None:
        """Add the layer of the current row, or fold the family."""
        index = self.currentIndex()
        if isinstance(index.data(ENTRY_ROLE), Entry):
            self._choose(index)
        elif index.isValid():
            self._fold(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        entry = self.currentIndex().data(ENTRY_ROLE)
        if not isinstance(entry, Entry):
            return
        drag = QDrag(self)
        drag.setMimeData(pack(entry))
        drag.setPixmap(_badge(entry.label, self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(-12, -12))
        drag.exec(Qt.DropAction.CopyAction)
        # Qt does not tell that the pointer left while it dragged; the last row under it would stay
        # lit. Posted, because Qt still has the move to deliver that began the drag.
        QApplication.postEvent(self.viewport(), QEvent(QEvent.Type.Leave))

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if isinstance(entry, Entry):
            self.chosen.emit(entry)

    def _fold(self, index: QModelIndex) -> None:
        if not isinstance(index.data(ENTRY_ROLE), Entry):
            self.setExpanded(index, not self.isExpanded(index))


class TemplateList(QListView):
    """The networks that ship with the program, by name."""

    chosen = Signal(Path)

    def __init__(self, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Templates")
        self.setItemDelegate(_PaletteDelegate(self))
        self.setMouseTracking(True)
        for path in paths:
            item = QStandardItem(_title(path))
            item.setData(path, _PATH_ROLE)
            item.setToolTip("Double click to open")
            self._model.appendRow(item)
        self.setFixedHeight(min(4, len(paths)) * _HEADER_HEIGHT + 2 * SPACE)
        self.doubleClicked.connect(self._choose)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        path = index.data(_PATH_ROLE)
        if isinstance(path, Path):
            self.chosen.emit(path)


class _PaletteDelegate(EntryDelegate):
    """Paints families and templates too: one line of text."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        if isinstance(index.data(ENTRY_ROLE), Entry):
            return super().sizeHint(option, index)
        return QSize(120, _HEADER_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if isinstance(index.data(ENTRY_ROLE), Entry):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        paint_ground(painter, box, option)
        template = index.data(_PATH_ROLE) is not None
        left = box.left() + 3 * SPACE
        if not template:
            tree = option.widget  # type: ignore[attr-defined]
            opened = isinstance(tree, QTreeView) and tree.isExpanded(index)
            _chevron(painter, QPointF(left + 3, box.center().y()), opened)
            left += 4 * SPACE
        painter.setFont(font(Type.BODY) if template else font(Type.SMALL, QFont.Weight.DemiBold))
        painter.setPen(theme().color("text" if template else "muted"))
        room = QRectF(left, box.top(), box.right() - left - 2 * SPACE, box.height())
        text = QFontMetricsF(painter.font()).elidedText(
            index.data(), Qt.TextElideMode.ElideRight, room.width()
        )
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, flags, text)
        painter.restore()


def _row(entry: Entry) -> QStandardItem:
    item = QStandardItem(entry.label)
    item.setData(entry, ENTRY_ROLE)
    item.setToolTip(entry.purpose)
    item.setFlags(
        Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
    )
    return item


def _chevron(painter: QPainter, center: QPointF, opened: bool) -> None:
    painter.save()
    painter.translate(center)
    painter.rotate(90 if opened else 0)
    # A pen of its own: the row's ground is painted with none.
    painter.setPen(QPen(theme().color("muted"), 1.5))
    painter.drawPolyline(QPolygonF([QPointF(-2, -4), QPointF(2, 0), QPointF(-2, 4)]))
    painter.restore()


def _badge(text: str, ratio: float) -> QPixmap:
    """What hangs at the pointer while a layer is dragged."""
    weight = font(Type.BODY, QFont.Weight.Medium)
    size = QSize(int(QFontMetricsF(weight).horizontalAdvance(text)) + 6 * SPACE, 28)
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    box = QRectF(0.5, 0.5, size.width() - 1, size.height() - 1)
    paint_pill(painter, box, text, theme().color("text"), weight)
    painter.end()
    return pixmap


def _title(path: Path) -> str:
    """The name in the file; reading a template whole can wait until it is opened."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return path.stem
