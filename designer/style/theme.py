"""The current theme: Fusion with our palette, a short style sheet, our fonts."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources
from designer.style.sheet import sheet
from designer.style.tokens import DARK, LIGHT, Tokens, Type

CHOICES = ("system", "light", "dark")


class Theme(QObject):
    """Holds the tokens in force and says when they change.

    Painting code reads `theme().tokens` at paint time and repaints on `changed`.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens: Tokens = LIGHT
        self.choice = "system"
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    def apply(self, choice: str) -> None:
        """Use `light`, `dark`, or what the system is set to (`system`)."""
        self.choice = choice
        dark = choice == "dark" or (choice == "system" and _system_is_dark())
        self.tokens = DARK if dark else LIGHT
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setStyle("Fusion")
        app.setFont(font(Type.BODY))
        app.setPalette(_palette(self.tokens))
        app.setStyleSheet(sheet(self.tokens))
        self.changed.emit()

    def color(self, name: str) -> QColor:
        """A token as a colour: `theme().color("accent")`."""
        return QColor(getattr(self.tokens, name))

    def series(self, number: int) -> QColor:
        """The colour of curve `number`, from 0; after the last they begin anew."""
        return QColor(self.tokens.series[number % len(self.tokens.series)])

    def family(self, family: str) -> QColor:
        """The colour of a layer family (`block` for instances of blocks)."""
        return QColor(self.tokens.families[family])

    def _follow_system(self) -> None:
        if self.choice == "system":
            self.apply("system")


@cache
def theme() -> Theme:
    """The one theme of the application; made after the QApplication."""
    _load_fonts()
    return Theme()


@cache
def font(size: int = Type.BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The text font in `size` pixels, with figures of equal width so that numbers line up."""
    result = QFont("Inter")
    result.setPixelSize(size)
    result.setWeight(weight)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


@cache
def code_font(size: int = 12) -> QFont:
    """The font of source code, `size` in pixels."""
    result = QFont("JetBrains Mono")
    result.setPixelSize(size)
    result.setStyleHint(QFont.StyleHint.Monospace)
    return result


def _load_fonts() -> None:
    for path in sorted((resources.FOLDER / "fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(path))


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.raised,
        role.AlternateBase: tokens.surface,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Button: tokens.surface,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.error,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Link: tokens.accent,
        role.Light: tokens.raised,
        role.Midlight: tokens.border,
        role.Mid: tokens.border,
        role.Dark: tokens.border,
        role.Shadow: tokens.border,
        role.Accent: tokens.accent,
    }
    for name, value in colors.items():
        palette.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.link))
    return palette
