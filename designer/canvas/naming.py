"""Naming: a name or title typed where it stands, on the card or the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from designer.canvas.frame import rectangle, title_height
from designer.document import Edit
from designer.style import RADIUS, SPACE, theme
from engine.network import edits
from engine.network.errors import EditError
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_NARROWEST, _WIDEST = 150, 420


class InPlace(QFrame):
    """Fields over the canvas. Enter submits, Escape gives up, and so does leaving it when refused.

    `submit` gets the texts and answers why they cannot be, or with an empty text that they are done.
    """

    def __init__(
        self,
        parent: QWidget,
        texts: Sequence[tuple[str, str, int]],
        submit: Callable[[Sequence[str]], str],
        closed: Callable[[], None],
    ) -> None:
        """`texts` has for each field what it is, what stands in it, and its greatest length."""
        super().__init__(parent)
        self._submit, self._closed = submit, closed
        self._open = True
        self.setObjectName("in_place")
        self.setAutoFillBackground(True)
        self.fields: list[QLineEdit] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        for what, text, longest in texts:
            field = QLineEdit(text)
            field.setMaxLength(longest)
            field.setPlaceholderText(what)
            field.setAccessibleName(what)
            field.installEventFilter(self)
            field.textEdited.connect(self._typed)
            layout.addWidget(field)
            self.fields.append(field)
        self.problem = QLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "error")
        self.problem.hide()
        layout.addWidget(self.problem)
        self._restyle()

    def open_at(self, spot: QRect, focus: int = 0) -> None:
        """Show over `spot` of the parent, wholly inside it, with the keys in field `focus`."""
        self._spot = spot
        self._place()
        self.show()
        self.raise_()
        self.fields[focus].setFocus(Qt.FocusReason.PopupFocusReason)
        self.fields[focus].selectAll()

    def dismiss(self) -> None:
        """Close; nothing has been."""
        if not self._open:
            return
        self._open = False
        parent = self.parentWidget()
        held = any(field.hasFocus() for field in self.fields)
        self._closed()
        self.hide()
        if parent is not None and held:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deleteLater()

    def submit(self) -> bool:
        """Hand the texts in; returns whether they were taken."""
        reason = self._submit([field.text().strip() for field in self.fields])
        if reason:
            self.problem.setText(reason)
            self.problem.show()
            self.fields[0].setProperty("problem", True)
            self._repolish()
            self._place()
            return False
        self.dismiss()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.submit()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                return True
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            stays = event.reason() in (
                Qt.FocusReason.ActiveWindowFocusReason,
                Qt.FocusReason.TabFocusReason,
                Qt.FocusReason.BacktabFocusReason,
                Qt.FocusReason.PopupFocusReason,
            )
            if not stays and self._open and not self.submit():
                self.dismiss()
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Tab goes round among its own fields.
        here = next((n for n, field in enumerate(self.fields) if field.hasFocus()), 0)
        step = 1 if forward else -1
        self.fields[(here + step) % len(self.fields)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def _typed(self) -> None:
        if self.problem.isVisible():
            self.problem.hide()
            self.fields[0].setProperty("problem", False)
            self._repolish()
            self._place()

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        width = max(_NARROWEST, min(_WIDEST, self._spot.width()))
        if self.problem.isVisibleTo(self):
            width = max(width, 260)
        self.setFixedWidth(width)
        self.problem.setMinimumHeight(
            self.problem.heightForWidth(width - 2 * SPACE) if self.problem.isVisibleTo(self) else 0
        )
        self.adjustSize()
        room = parent.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
        x = max(room.left(), min(self._spot.left(), room.right() - self.width()))
        y = max(room.top(), min(self._spot.top(), room.bottom() - self.height()))
        self.move(QPoint(x, y))

    def _repolish(self) -> None:
        self.fields[0].style().unpolish(self.fields[0])
        self.fields[0].style().polish(self.fields[0])

    def _restyle(self) -> None:
        tokens = theme().tokens
        self.setStyleSheet(
            f"#in_place {{ background: {tokens.raised}; border: 1px solid {tokens.accent}; "
            f"border-radius: {RADIUS}px; }}"
        )


class Naming:
    """Opens the fields where the name stands, and makes the edit."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.field: InPlace | None = None

    def dismiss(self) -> bool:
        """Close without a change; returns whether it was open."""
        if self.field is None:
            return False
        self.field.dismiss()
        return True

    def settle(self) -> None:
        """What the field stands over moves: take what is typed, if it can be."""
        if self.field is not None and not self.field.submit():
            self.dismiss()

    def rename(self, name: str) -> None:
        """Edit a node's name on its card."""
        view, document = self._view, self._view.document
        item = view.canvas.nodes.get(name)
        if item is None:
            return
        view.reveal(name)

        def submit(texts: Sequence[str]) -> str:
            new = texts[0]
            if new == name:
                return ""
            reason = _refusal(document.shown, lambda project: edits.rename(project, name, new))
            if not reason:
                selected = tuple(new if other == name else other for other in document.selection)
                document.do(f"Rename {name}", lambda project: edits.rename(project, name, new))
                document.select(selected)
            return reason

        box = item.pose.name_box.translated(item.at)
        spot = view.mapFromScene(box).boundingRect()
        if item.face.dot:
            spot.translate(0, -spot.height())
        self._open(spot, [("Name", name, 120)], submit)

    def rename_frame(self, name: str, comment: bool = False) -> None:
        """Edit a frame's title and comment; with `comment` the keys are in the latter."""
        view = self._view
        item = view.canvas.frames.items.get(name)
        if item is None:
            return
        frame = item.frame

        def submit(texts: Sequence[str]) -> str:
            title, words = texts

            def edit(project: Project) -> Project:
                changed = replace(project.frames[name], title=title, comment=words)
                return edits.set_frame(project, name, changed)

            reason = _refusal(view.document.shown, edit)
            if not reason:
                view.document.do("Name the frame", edit)
            return reason

        rect = rectangle(frame)
        view.bring(rect)
        rect.setHeight(title_height(rect, view.zoom))
        fields = [("Title", frame.title, 200), ("Comment", frame.comment, 1000)]
        self._open(view.mapFromScene(rect).boundingRect(), fields, submit, int(comment))

    def _open(
        self,
        spot: QRect,
        texts: Sequence[tuple[str, str, int]],
        submit: Callable[[Sequence[str]], str],
        focus: int = 0,
    ) -> None:
        self.dismiss()
        self.field = InPlace(self._view, texts, submit, self._forget)
        self.field.open_at(spot, focus)

    def _forget(self) -> None:
        self.field = None


def _refusal(project: Project, edit: Edit) -> str:
    """Why an edit cannot be; told under the field, so the window need not tell it too."""
    try:
        edit(project)
    except EditError as error:
        return str(error)
    return ""
