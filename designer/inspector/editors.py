"""One editor per kind of field. Each shows a value, and tells when a person has settled on another.

An editor never loses what was typed: text that its field refuses stays, with the reason told, until
it is mended or taken back with Escape.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QMenu, QWidget

from designer.inspector import text as texts
from designer.inspector.taking_back import left_to_the_window
from designer.style import SPACE, Type, theme
from designer.style.theme import font
from engine.fields import Choice, Field, Flag, Integer, Real, Value


class Several:
    """In place of a value: the nodes shown differ in it."""


SEVERAL: Final = Several()
Shown = Value | Several

_STEPPERS = 18
"""Width of the two arrows at the right end, in pixels."""


class TextEditor(QLineEdit):
    """A value typed as text; numbers also step with the arrows, Up and Down, Page keys and the wheel."""

    committed = Signal(object, bool)
    """The new value, and whether it came by stepping."""
    refused = Signal(str)
    """Why the text is no value; empty when it is one again."""

    def __init__(self, spec: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._value: Shown = SEVERAL
        self._settled_before: Shown = SEVERAL
        self._pending = False
        self._problem = False
        self._steps = isinstance(spec, (Integer, Real))
        self._words: tuple[str, ...] = (spec.words if isinstance(spec, Integer) else ()) + (
            (spec.none,) if spec.none else ()
        )
        self._repeat = QTimer(self, interval=70)
        self._repeat_by = 0
        self._repeat.timeout.connect(lambda: self._step(self._repeat_by))
        self._set_margins()
        self.textEdited.connect(self._edited)
        self.editingFinished.connect(self.flush)

    def show_value(self, value: Shown) -> None:
        """Show a value; what is being typed stays unless the value has become another."""
        if value == self._value and self._pending:
            return
        self._value = value
        self._pending = False
        self._set_problem("")
        text = "" if isinstance(value, Several) else texts.write(self._spec, value)
        self.setPlaceholderText("several values" if isinstance(value, Several) else "")
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def flush(self) -> None:
        """Settle on what was typed, if anything was."""
        if not self._pending:
            return
        try:
            value = texts.read(self._spec, self.text())
        except ValueError as error:
            self._set_problem(str(error))
            return
        self._settle(value, False)

    def refuse(self, reason: str) -> None:
        """Mark what was just settled on as impossible here; it stays to be mended."""
        self._value = self._settled_before
        self._pending = True
        self._set_problem(reason)

    def revert(self) -> None:
        """Show the value again in place of what was typed."""
        self._pending = False
        value, self._value = self._value, SEVERAL
        self.show_value(value)

    def event(self, event: QEvent) -> bool:
        if left_to_the_window(self, event, self._pending):
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }.get(Qt.Key(event.key()))
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() == Qt.Key.Key_Down and self._words:
            self._show_words()
        elif steps is not None and self._steps:
            self._step(steps)
        elif event.key() == Qt.Key.Key_Escape and self._pending:
            self.revert()
        else:
            super().keyPressEvent(event)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._steps and self.hasFocus() and event.angleDelta().y():
            self._step(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        zone = self._zone(event.position().toPoint())
        if zone == "words":
            self._show_words()
        elif zone:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._repeat_by = 1 if zone == "up" else -1
            self._step(self._repeat_by)
            QTimer.singleShot(350, self, self._start_repeating)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._repeat_by = 0
        self._repeat.stop()
        super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        in_text = not self._zone(event.position().toPoint())
        self.setCursor(Qt.CursorShape.IBeamCursor if in_text else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        muted = theme().color("muted")
        right = self.width() - SPACE
        if self._steps:
            painter.setPen(QPen(muted, 1.4))
            middle, x = self.height() / 2, right - _STEPPERS / 2
            for sign in (-1, 1):
                tip = middle + sign * 6.5
                painter.drawPolyline(
                    [_point(x - 3, tip - sign * 3), _point(x, tip), _point(x + 3, tip - sign * 3)]
                )
            right -= _STEPPERS
        if self._words:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(muted)
            for offset in (-4, 0, 4):
                painter.drawEllipse(QRectF(right - 8 + offset - 1, self.height() / 2 - 1, 2, 2))
            right -= 16
        if self._spec.unit:
            painter.setPen(muted)
            painter.setFont(font(Type.SMALL))
            box = QRectF(0, 0, right - 2, self.height())
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._spec.unit
            )
        painter.end()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(120, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(70, super().minimumSizeHint().height())

    def _edited(self) -> None:
        shown = "" if isinstance(self._value, Several) else texts.write(self._spec, self._value)
        self._pending = self._problem or self.text() != shown
        if self._problem:
            # Told again while it is being mended, so that the sentence goes as soon as it can.
            try:
                texts.read(self._spec, self.text())
            except ValueError as error:
                self._set_problem(str(error))
            else:
                self._set_problem("")

    def _settle(self, value: Value, stepped: bool) -> None:
        self._pending = False
        self._set_problem("")
        before, self._value = self._value, value
        self._settled_before = before
        # Even where it reads the same: what was typed can then no longer be taken back by itself.
        self.setText(texts.write(self._spec, value))
        if value != before or type(value) is not type(before):
            self.committed.emit(value, stepped)

    def _step(self, by: int) -> None:
        self.flush()
        if self._problem or isinstance(self._value, Several):
            return
        self._settle(texts.step(self._spec, self._value, by), True)

    def _start_repeating(self) -> None:
        if self._repeat_by:
            self._repeat.start()

    def _set_problem(self, reason: str) -> None:
        if bool(reason) != self._problem:
            self._problem = bool(reason)
            self.setProperty("problem", self._problem)
            self.style().unpolish(self)
            self.style().polish(self)
        elif not reason:
            return
        self.refused.emit(reason)

    def _zone(self, at: QPoint) -> str:
        """`up`, `down`, `words`, or nothing over the text."""
        right = self.width() - SPACE
        if self._steps:
            if at.x() >= right - _STEPPERS:
                return "up" if at.y() < self.height() / 2 else "down"
            right -= _STEPPERS
        return "words" if self._words and at.x() >= right - 18 else ""

    def _set_margins(self) -> None:
        right = (_STEPPERS if self._steps else 0) + (16 if self._words else 0)
        if self._spec.unit:
            from PySide6.QtGui import QFontMetricsF

            right += (
                round(QFontMetricsF(font(Type.SMALL)).horizontalAdvance(self._spec.unit)) + SPACE
            )
        self.setTextMargins(2, 0, right, 0)
        self.setMouseTracking(True)

    def _show_words(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for word in self._words:
            menu.addAction(
                word, lambda word=word: self._settle(texts.read(self._spec, word), False)
            )
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))


class Combo(QComboBox):
    """A combo box that leaves the wheel to whatever scrolls, and takes no more room than it is given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Combo):
    """One of a few words."""

    committed = Signal(object, bool)
    refused = Signal(str)

    def __init__(self, spec: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if spec.none:
            self.addItem(spec.none, None)
        for option in spec.options:
            self.addItem(option, option)
        self._value: Shown = SEVERAL
        self.setPlaceholderText("several values")
        self.activated.connect(lambda index: self.committed.emit(self.itemData(index), False))

    def show_value(self, value: Shown) -> None:
        self._value = value
        self.setCurrentIndex(-1 if isinstance(value, Several) else self.findData(value))

    def flush(self) -> None:
        """A choice is settled as soon as it is made."""

    def revert(self) -> None:
        """There is nothing unsettled to forget."""

    def refuse(self, reason: str) -> None:
        """Go back to the value there was, and tell why."""
        self.show_value(self._value)
        self.refused.emit(reason)


class FlagEditor(QCheckBox):
    """True or false."""

    committed = Signal(object, bool)
    refused = Signal(str)

    def __init__(self, spec: Flag, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Shown = SEVERAL
        self.clicked.connect(self._clicked)

    def show_value(self, value: Shown) -> None:
        self._value = value
        self.setTristate(isinstance(value, Several))
        self.setCheckState(
            Qt.CheckState.PartiallyChecked
            if isinstance(value, Several)
            else Qt.CheckState.Checked
            if value
            else Qt.CheckState.Unchecked
        )

    def flush(self) -> None:
        """A click settles it."""

    def revert(self) -> None:
        """There is nothing unsettled to forget."""

    def refuse(self, reason: str) -> None:
        """Go back to the value there was, and tell why."""
        self.show_value(self._value)
        self.refused.emit(reason)

    def _clicked(self) -> None:
        checked = self.checkState() != Qt.CheckState.Unchecked
        self.setTristate(False)
        self.committed.emit(checked, False)


Editor = TextEditor | ChoiceEditor | FlagEditor


def editor(spec: Field, parent: QWidget | None = None) -> Editor:
    """The editor for a field."""
    if isinstance(spec, Flag):
        return FlagEditor(spec, parent)
    if isinstance(spec, Choice):
        return ChoiceEditor(spec, parent)
    return TextEditor(spec, parent)


def _point(x: float, y: float) -> QPoint:
    return QPoint(round(x), round(y))
