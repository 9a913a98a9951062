"""Editors of what is chosen rather than typed: one of a few words, true or false."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from engine.fields import Choice, Flag, Value


class Several:
    """In place of a value: the nodes shown differ in it."""


SEVERAL: Final = Several()
Shown = Value | Several


class Combo(QComboBox):
    """A combo box that leaves the wheel to whatever scrolls, and takes no more room than it is given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As ever, but what has no room ends in dots."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        if self.currentIndex() < 0:
            option.palette.setBrush(
                QPalette.ColorRole.ButtonText,
                option.palette.brush(QPalette.ColorRole.PlaceholderText),
            )
            option.currentText = self.placeholderText()
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        option.currentText = option.fontMetrics.elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, room.width() - 4
        )
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

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
