"""The palette's tree: families with their layers, and the blocks of the project and of the user."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
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
    QLineEdit,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from designer.canvas import block_entries
from designer.canvas.backdrop import paint_pill
from designer.canvas.block_entries import BLOCK_MIME, BlockEntry
from designer.canvas.entries import MIME, Entry, entries, pack
from designer.canvas.entry_delegate import ENTRY_ROLE, EntryDelegate, paint_ground
from designer.inspector.parts import plain
from designer.style import SPACE, Type, theme
from designer.style.theme import font

HEADER_HEIGHT = 30
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


class _Model(QStandardItemModel):
    """Rows that can be dragged: each gives its entry away as JSON."""

    def mimeTypes(self) -> list[str]:
        return [MIME, BLOCK_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        found = (index.data(ENTRY_ROLE) for index in indexes)
        entry = next((item for item in found if isinstance(item, Entry)), None)
        return packed(entry) if entry else QMimeData()


class LayerTree(QTreeView):
    """Blocks, and families with their layers; while searching, entries alone, the best match first.

    `menu_requested(where, entry)` follows a right click, or the menu key, on a block;
    `renamed(entry, name)` a name typed in its place, `removed(entry)` the Delete key.
    """

    chosen = Signal(object)
    menu_requested = Signal(QPoint, object)
    renamed = Signal(object, str)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._closed: set[str] = set()
        self.setModel(self._model)
        delegate = PaletteDelegate(self)
        delegate.renamed.connect(self.renamed)
        self.setItemDelegate(delegate)
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

    def show_families(self, blocks: Sequence[tuple[str, Sequence[Entry]]] = ()) -> None:
        """The sections of blocks, then all layers under their families, folded as they were."""
        closed, scrolled = set(self._closed), self.verticalScrollBar().value()
        self._model.clear()
        families = (
            (name, [entry for entry in entries() if entry.family == family])
            for family, name in _FAMILY_NAMES.items()
        )
        for name, found in (*blocks, *families):
            if not found:
                continue
            head = QStandardItem(name)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            for entry in found:
                head.appendRow(_row(entry))
            self._model.appendRow(head)
            self.setExpanded(head.index(), name not in closed)
        self.verticalScrollBar().setValue(scrolled)

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
        entry = self.currentIndex().data(ENTRY_ROLE)
        block = entry if isinstance(entry, BlockEntry) else None
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
        elif event.key() == Qt.Key.Key_F2 and block is not None and not block.path:
            self.rename(block)
        elif event.key() == Qt.Key.Key_Delete and block is not None:
            self.removed.emit(block)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        entry = index.data(ENTRY_ROLE)
        if isinstance(entry, BlockEntry):
            self.setCurrentIndex(index)
            spot = event.pos() if by_mouse else self.visualRect(index).center()
            self.menu_requested.emit(self.viewport().mapToGlobal(spot), entry)

    def rename(self, entry: Entry) -> None:
        """Edit the name of a block in its row."""
        for index in self._indexes():
            if index.data(ENTRY_ROLE) == entry:
                self.setCurrentIndex(index)
                self.edit(index)
                return

    def _indexes(self) -> list[QModelIndex]:
        index, found = self._model.index(0, 0), list[QModelIndex]()
        while index.isValid():
            found.append(index)
            index = self.indexBelow(index)
        return found

    def startDrag(self, actions: Qt.DropAction) -> None:
        entry = self.currentIndex().data(ENTRY_ROLE)
        if not isinstance(entry, Entry):
            return
        drag = QDrag(self)
        drag.setMimeData(packed(entry))
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


class PaletteDelegate(EntryDelegate):
    """Paints the headings of sections too, and edits the names of blocks."""

    renamed = Signal(object, str)

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName("Name of the block")
        return field

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(index.data())
            editor.selectAll()

    def setModelData(
        self,
        editor: QWidget,
        model: QAbstractItemModel,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        entry = index.data(ENTRY_ROLE)
        if isinstance(editor, QLineEdit) and editor.text().strip() not in ("", index.data()):
            self.renamed.emit(entry, editor.text().strip())

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        if isinstance(index.data(ENTRY_ROLE), Entry):
            return super().sizeHint(option, index)
        return QSize(120, HEADER_HEIGHT)

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
        left = box.left() + 3 * SPACE
        tree = option.widget  # type: ignore[attr-defined]
        opened = isinstance(tree, QTreeView) and tree.isExpanded(index)
        draw_chevron(painter, QPointF(left + 3, box.center().y()), opened)
        left += 4 * SPACE
        painter.setFont(font(Type.SMALL, QFont.Weight.DemiBold))
        painter.setPen(theme().color("muted"))
        room = QRectF(left, box.top(), box.right() - left - 2 * SPACE, box.height())
        text = QFontMetricsF(painter.font()).elidedText(
            index.data(), Qt.TextElideMode.ElideRight, room.width()
        )
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, flags, text)
        painter.restore()


def packed(entry: Entry) -> QMimeData:
    """A layer or a block as it is dragged."""
    return block_entries.pack(entry) if isinstance(entry, BlockEntry) else pack(entry)


def _row(entry: Entry) -> QStandardItem:
    item = QStandardItem(entry.label)
    item.setData(entry, ENTRY_ROLE)
    item.setToolTip(plain(entry.purpose))
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
    if isinstance(entry, BlockEntry) and not entry.path:
        flags |= Qt.ItemFlag.ItemIsEditable
    item.setFlags(flags)
    return item


def draw_chevron(painter: QPainter, center: QPointF, opened: bool) -> None:
    """An arrow to the right, or down where what it belongs to is opened."""
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
