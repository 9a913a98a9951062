"""One editor per kind of field. Each shows a value, and tells when a person has settled on another.

An editor never loses what was typed: text that its field refuses stays, with the reason told, until
it is mended or taken back with Escape.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from designer.inspector import text as texts
from designer.inspector.choosing import SEVERAL, ChoiceEditor, FlagEditor, Several, Shown
from designer.inspector.taking_back import left_to_the_window
from designer.style import SPACE, Type, theme
from designer.style.theme import font
from engine.fields import Choice, Field, Flag, Integer, Real, Value

_STEPPERS = 18
"""Width of the two arrows at the right end, in pixels."""


class TextEditor(QLineEdit):
    """A value typed as text; numbers also step with the arrows, Up and Down, Page keys and the wheel.

    What is no value may be arithmetic: without names it is worked out at once; with names it is an
    expression over a block's parameters, shown with its present value beside it.
    """

    committed = Signal(object, bool)
    """The new value, and whether it came by stepping."""
    expressed = Signal(str)
    """An expression in place of a value."""
    refused = Signal(str)
    """Why the text is no value; empty when it is one again."""

    def __init__(self, spec: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._value: Shown = SEVERAL
        self._settled_before: tuple[Shown, str] = (SEVERAL, "")
        self._expression = ""
        self.expressive = False
        """Whether expressions over parameters are possible here, that is, inside a block."""
        self.step_from: Value = None
        """Where stepping begins while the value is none."""
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

    def show_value(self, value: Shown, expression: str = "") -> None:
        """Show a value, or the `expression` that has it; what is being typed stays unless it has
        become another.
        """
        same = (value == self._value or bool(expression)) and expression == self._expression
        if same and self._pending:
            self._value = value
            return
        self._value, self._expression = value, expression
        self._pending = False
        self._set_problem("")
        self.setPlaceholderText("several values" if self._several else "")
        text = self._shown_text()
        self._set_margins()
        self.update()
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    @property
    def value(self) -> Value:
        """The value that is shown; None where it is several or not known."""
        return None if isinstance(self._value, Several) else self._value

    @property
    def expression(self) -> str:
        """The expression that is followed, or nothing."""
        return self._expression

    @property
    def note(self) -> str:
        """The value of an expression, as it stands beside it."""
        if not self._expression:
            return ""
        return "= ?" if self._several else f"= {texts.write(self._spec, self._value)}"  # type: ignore[arg-type]

    def flush(self) -> None:
        """Settle on what was typed, if anything was."""
        if not self._pending:
            return
        text = self.text().strip()
        if self._expression and text == self._expression:
            self.revert()
            return
        try:
            value = texts.read(self._spec, text)
        except ValueError as error:
            self._flush_arithmetic(text, str(error))
            return
        self._settle(value, False)

    def refuse(self, reason: str) -> None:
        """Mark what was just settled on as impossible here; it stays to be mended."""
        self._value, self._expression = self._settled_before
        self._pending = True
        self._set_problem(reason)

    def revert(self) -> None:
        """Show the value again in place of what was typed."""
        self._pending = False
        value, self._value = self._value, SEVERAL
        expression, self._expression = self._expression, ""
        self.show_value(value, expression)

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
        if self._stepping:
            painter.setPen(QPen(muted, 1.4))
            middle, x = self.height() / 2, right - _STEPPERS / 2
            for sign in (-1, 1):
                tip = middle + sign * 6.5
                painter.drawPolyline(
                    [_point(x - 3, tip - sign * 3), _point(x, tip), _point(x + 3, tip - sign * 3)]
                )
            right -= _STEPPERS
        if self._wordy:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(muted)
            for offset in (-4, 0, 4):
                painter.drawEllipse(QRectF(right - 8 + offset - 1, self.height() / 2 - 1, 2, 2))
            right -= 16
        beside = self._beside()
        if beside:
            painter.setPen(muted)
            painter.setFont(font(Type.SMALL))
            box = QRectF(0, 0, right - 2, self.height())
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, beside
            )
        painter.end()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(120, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(70, super().minimumSizeHint().height())

    def _edited(self) -> None:
        self._pending = self._problem or self.text() != self._shown_text()
        if self._problem:
            # Told again while it is being mended, so that the sentence goes as soon as it can.
            self._set_problem(texts.problem(self._spec, self.text().strip(), self.expressive))

    def _settle(self, value: Value, stepped: bool) -> None:
        self._pending = False
        self._set_problem("")
        before = self._value
        followed = bool(self._expression)
        self._settled_before = before, self._expression
        self._value, self._expression = value, ""
        # Even where it reads the same: what was typed can then no longer be taken back by itself.
        self.setText(texts.write(self._spec, value))
        self._set_margins()
        if followed or value != before or type(value) is not type(before):
            self.committed.emit(value, stepped)

    def _flush_arithmetic(self, text: str, reason: str) -> None:
        """Settle on what is no value of the field: on what it comes to, or on following it."""
        problem = texts.problem(self._spec, text, self.expressive)
        if problem:
            self._set_problem(problem)
            return
        value = texts.worked_out(self._spec, text)
        if not isinstance(value, Several):
            self._settle(value, False)
            return
        self._pending = False
        self._set_problem("")
        self._settled_before = self._value, self._expression
        self._value, self._expression = SEVERAL, text
        self._set_margins()
        self.expressed.emit(text)

    @property
    def _several(self) -> bool:
        return isinstance(self._value, Several)

    def _shown_text(self) -> str:
        if self._expression or isinstance(self._value, Several):
            return self._expression
        return texts.write(self._spec, self._value)

    def _step(self, by: int) -> None:
        self.flush()
        if self._problem or isinstance(self._value, Several) or self._expression:
            return
        value = self.step_from if self._value is None else self._value
        self._settle(texts.step(self._spec, value, by), True)

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
        if self._stepping:
            if at.x() >= right - _STEPPERS:
                return "up" if at.y() < self.height() / 2 else "down"
            right -= _STEPPERS
        return "words" if self._wordy and at.x() >= right - 18 else ""

    @property
    def _stepping(self) -> bool:
        """Whether it has its two arrows; what follows an expression cannot be stepped."""
        return self._steps and not self._expression

    @property
    def _wordy(self) -> bool:
        return bool(self._words) and not self._expression

    def _beside(self) -> str:
        """What stands at the right end: the value of an expression, or the unit of a number."""
        return self.note or ("" if self._value is None else self._spec.unit)

    def _set_margins(self) -> None:
        right = (_STEPPERS if self._stepping else 0) + (16 if self._wordy else 0)
        beside = self._beside()
        if beside:
            right += round(QFontMetricsF(font(Type.SMALL)).horizontalAdvance(beside)) + SPACE
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
