"""A form made from declared fields: label, editor and, where a value is refused, the reason under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.inspector.choosing import Shown
from designer.inspector.editors import Editor, TextEditor, editor
from designer.inspector.parts import LABELS, plain, tool
from designer.style import SPACE
from engine.fields import Declaration, Field, Value, specs


class Form(QWidget):
    """Rows in the fields' order. The form holds no values: what is settled is told, not kept.

    Inside a block every row can follow an expression, and has a button that promotes it: shown
    under the pointer and beside the field that has the keyboard, also Ctrl+Shift+P and in its menu.
    """

    committed = Signal(str, object, str)
    """A parameter, its new value, and a key: equal keys in a row are one step of undo."""
    expressed = Signal(str, str)
    """A parameter, and the expression that it is to follow; empty: none."""
    promoted = Signal(str)
    """A parameter that is to be one of the block's."""

    def __init__(self, fields: Mapping[str, Field], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editors: dict[str, Editor] = {}
        self.buttons: dict[str, QToolButton] = {}
        self._texts: dict[str, TextEditor] = {}
        self._expressions: Mapping[str, str] = {}
        self._expressive = False
        self._fields = fields
        self._rows: dict[QObject, str] = {}
        self._reasons: dict[str, QLabel] = {}
        self._spins = 0
        # Too high a page is scrolled; no row of it is pressed together.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE + 2)
        self._grid.setColumnMinimumWidth(0, LABELS)
        self._grid.setColumnStretch(1, 1)
        for row, (name, spec) in enumerate(fields.items()):
            self._add(2 * row, name, spec)

    def show_values(
        self,
        values: Mapping[str, Shown],
        expressions: Mapping[str, str] | None = None,
        expressive: bool = False,
    ) -> None:
        """Bring every editor to its value, keeping focus and what is being typed.

        A parameter with an expression shows that, its value (SEVERAL: unknown) beside it.
        `expressive` is whether they can have one, which is so inside a block.
        """
        self._expressions = expressions or {}
        self._set_expressive(expressive)
        for name, item in self.editors.items():
            text = self._expressions.get(name, "")
            if isinstance(item, TextEditor):
                item.show_value(values[name], text)
            else:
                self._show_text(name, item, values[name], text)
            self._show_button(name)

    def flush(self) -> None:
        """Settle on whatever is typed and not yet settled."""
        for item in (*self.editors.values(), *self._texts.values()):
            item.flush()

    def revert(self) -> None:
        """Forget what is typed and not settled."""
        for item in (*self.editors.values(), *self._texts.values()):
            item.revert()

    def troubled(self) -> QWidget | None:
        """The first field that holds what was refused, None where each is settled."""
        return next((item for item in self.editors_shown() if item.property("problem")), None)

    def refuse(self, name: str, sentence: str) -> None:
        """Mark a parameter as refused for a reason that the form cannot know."""
        text = self._texts.get(name)
        shown = text if text is not None and text.isVisibleTo(self) else self.editors[name]
        shown.refuse(sentence)

    def editors_shown(self) -> list[QWidget]:
        """The fields in sight, from top to bottom: where one follows an expression, that one's."""
        found: list[QWidget] = []
        for name, item in self.editors.items():
            text = self._texts.get(name)
            shown = text if text is not None and text.isVisibleTo(self) else item
            if shown.isEnabled():
                found.append(shown)
        return found

    def label(self, name: str) -> str:
        """What the field of a parameter is called."""
        return self._fields[name].label or name.replace("_", " ")

    def _add(self, row: int, name: str, spec: Field) -> None:
        item = editor(spec, self)
        label = QLabel(self.label(name), textFormat=Qt.TextFormat.PlainText)
        label.setProperty("role", "muted")
        label.setBuddy(item)
        label.setWordWrap(True)
        label.setMaximumWidth(LABELS)
        tip = f"{name}: {spec.help}" if spec.help else name
        label.setToolTip(plain(tip))
        item.setToolTip(plain(tip))
        item.setAccessibleName(self.label(name))
        item.setAccessibleDescription(spec.help)
        item.setObjectName(name)
        item.committed.connect(
            lambda value, stepped, name=name: self._settled(name, value, stepped)
        )
        item.refused.connect(lambda reason, name=name: self._show_reason(name, reason))
        if isinstance(item, TextEditor):
            item.expressed.connect(lambda text, name=name: self._express(name, text))
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(item, row, 1)
        self.editors[name] = item
        self._watch(name, label, item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        name = self._rows.get(watched)
        if name is None or not self._expressive:
            return False
        kind = event.type()
        if kind in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            self._show_button(name, near=True)
        elif kind in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            self._show_button(name)
        elif isinstance(event, QKeyEvent) and kind in (
            QEvent.Type.ShortcutOverride,
            QEvent.Type.KeyPress,
        ):
            return self._key(name, event)
        elif isinstance(event, QContextMenuEvent) and kind == QEvent.Type.ContextMenu:
            self._show_menu(name, event)
            return True
        return False

    def _watch(self, name: str, *items: QWidget) -> None:
        for item in items:
            self._rows[item] = name
            item.installEventFilter(self)

    def _set_expressive(self, expressive: bool) -> None:
        if expressive == self._expressive:
            return
        self._expressive = expressive
        for item in self.editors.values():
            if isinstance(item, TextEditor):
                item.expressive = expressive
        if expressive and not self.buttons:
            for row, name in enumerate(self._fields):
                self.buttons[name] = self._button(2 * row, name)
        for name in self.buttons:
            self._show_button(name)

    def _button(self, row: int, name: str) -> QToolButton:
        button = tool(sign="promote", tip=f"Promote {self.label(name)} to a parameter of the block")
        button.setProperty("role", "bare")
        button.setFixedSize(22, 22)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.clicked.connect(lambda: self.promote(name))
        self._grid.addWidget(button, row, 2)
        self._watch(name, button)
        return button

    def promote(self, name: str) -> None:
        """Ask for a parameter of this row to be one of the block's."""
        if self._expressive and not self._expressions.get(name):
            self.flush()
            self.promoted.emit(name)

    def _show_button(self, name: str, near: bool = False) -> None:
        button = self.buttons.get(name)
        if button is None:
            return
        over = button.underMouse() or any(
            key.underMouse() or key.hasFocus()
            for key, row in self._rows.items()
            if row == name and isinstance(key, QWidget)
        )
        possible = self._expressive and not self._expressions.get(name)
        button.setVisible(possible and (near or over))

    def _key(self, name: str, event: QKeyEvent) -> bool:
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if event.key() != Qt.Key.Key_P or event.modifiers() != held:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self.promote(name)
        return True

    def _show_menu(self, name: str, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._expressions.get(name):
            menu.addAction("Keep the value, follow no expression", lambda: self._express(name, ""))
        else:
            menu.addAction(
                "Promote to a parameter of the block\tCtrl+Shift+P", lambda: self.promote(name)
            )
        item = self._texts.get(name, self.editors[name])
        if isinstance(item, TextEditor):
            menu.addSeparator()
            menu.addAction("Copy", item.copy).setEnabled(item.hasSelectedText())
            menu.addAction("Paste", item.paste)
        menu.popup(event.globalPos())

    def _show_text(self, name: str, item: Editor, value: Shown, text: str) -> None:
        """What cannot be typed follows an expression in a field of its own, in the editor's place."""
        field = self._texts.get(name)
        if field is None:
            if not text:
                item.show_value(value)
                return
            field = self._texts[name] = TextEditor(Said(help=self._fields[name].help), self)
            field.setObjectName(name)
            field.setAccessibleName(self.label(name))
            field.expressive = True
            field.committed.connect(lambda value, _: self._settled(name, value, False))
            field.expressed.connect(lambda text: self._express(name, text))
            field.refused.connect(lambda reason: self._show_reason(name, reason))
            self._grid.addWidget(field, 2 * list(self._fields).index(name), 1)
            self._watch(name, field)
        if text:
            field.show_value(value, text)
        else:
            item.show_value(value)
        field.setVisible(bool(text))
        item.setVisible(not text)

    def _express(self, name: str, text: str) -> None:
        self._show_reason(name, "")
        self.expressed.emit(name, text)

    def _settled(self, name: str, value: object, stepped: bool) -> None:
        if not stepped:
            self._spins += 1
        self._show_reason(name, "")
        self.committed.emit(name, value, f"{name} {self._spins}" if stepped else "")

    def _show_reason(self, name: str, reason: str) -> None:
        label = self._reasons.get(name)
        if label is None:
            if not reason:
                return
            label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
            label.setProperty("role", "error")
            self._reasons[name] = label
            row = 2 * list(self._fields).index(name) + 1
            self._grid.addWidget(label, row, 0, 1, 3)
        sentence = reason if reason.endswith(".") else f"{self.label(name)} {reason}."
        # A word that is longer than the panel is wide may break anywhere.
        label.setText(re.sub(r"(\S{20})(?=\S)", "\\1\u200b", sentence[:1].upper() + sentence[1:]))
        label.setVisible(bool(reason))


@dataclass(frozen=True, kw_only=True, slots=True)
class Said(Field):
    """What an expression comes to, of whatever sort."""

    def _check(self, value: object) -> Value:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if value is None or isinstance(value, (bool, int, float)):
            return value
        raise ValueError("must be true, false, a number, or arithmetic over parameters")


class KeptForms(QVBoxLayout):
    """A form for each kind, made once and kept, so that going about is quick; one of them is shown."""

    committed = Signal(Form, str, object, str)
    """The form, and what it has committed."""
    expressed = Signal(Form, str, str)
    promoted = Signal(Form, str)

    def __init__(self, fields: Callable[[type[Declaration]], Mapping[str, Field]] = specs) -> None:
        """Forms of those parameters of a kind that `fields` gives, all of them by default."""
        super().__init__()
        self._fields = fields
        self.before: QWidget | None = None
        """What the keyboard is at before Tab brings it to the forms; else they come last."""
        self.current: Form | None = None
        self._kept: dict[type[Declaration], Form] = {}

    def show_kind(self, kind: type[Declaration] | None) -> Form | None:
        """Show the form of a kind and no other; None where it has no parameters, or for no kind."""
        form = self._form_of(kind) if kind else None
        if form is not self.current:
            if self.current:
                self.current.hide()
            self.current = form
            if form:
                form.show()
        return form

    def flush(self) -> None:
        """Settle on whatever is typed into the form that is shown."""
        if self.current:
            self.current.flush()

    def _form_of(self, kind: type[Declaration]) -> Form | None:
        fields = self._fields(kind)
        if not fields:
            return None
        if kind not in self._kept:
            form = Form(fields)
            form.committed.connect(lambda *settled: self.committed.emit(form, *settled))
            form.expressed.connect(lambda *settled: self.expressed.emit(form, *settled))
            form.promoted.connect(lambda name: self.promoted.emit(form, name))
            self._kept[kind] = form
            self.addWidget(form)
            chain = [self.before, *form.editors.values()] if self.before else []
            for before, after in pairwise(chain):
                QWidget.setTabOrder(before, after)
        return self._kept[kind]
