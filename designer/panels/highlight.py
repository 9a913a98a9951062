"""Colours for Python source: words, texts, comments and numbers, line by line."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from designer.style import theme

_TOKENS = re.compile(
    r"(?P<comment>\#.*)"
    r"|(?P<open>[rRbBfFuU]{0,2}(?:\"{3}|'{3}))"
    r"|(?P<text>[rRbBfFuU]{0,2}(?:\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    r"|(?P<number>\b\d[\d_.]*(?:[eE][+-]?\d+)?\b)"
    r"|(?P<definition>(?<=\bdef )\w+|(?<=\bclass )\w+)"
    r"|(?P<word>\b[A-Za-z_]\w*\b)"
)
_CLOSERS = ("", '"""', "'''")
"""What ends the text that a line begins in, by the block state."""
_SPECIAL = frozenset(("self", "super"))


class PythonHighlighter(QSyntaxHighlighter):
    """Knows as much of Python's grammar as colours need; a line costs a few microseconds."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._make_formats()
        theme().changed.connect(self._change_theme)

    def highlightBlock(self, text: str) -> None:
        at = 0
        state = max(0, self.previousBlockState())
        while True:
            if state:
                end = text.find(_CLOSERS[state], at)
                stop = len(text) if end < 0 else end + 3
                self.setFormat(at, stop - at, self._formats["text"])
                if end < 0:
                    self.setCurrentBlockState(state)
                    return
                at, state = stop, 0
            state, at = self._plain(text, at)
            if not state:
                self.setCurrentBlockState(0)
                return

    def _plain(self, text: str, at: int) -> tuple[int, int]:
        """Colour up to the end or to a long text; the state there, and where that is."""
        for match in _TOKENS.finditer(text, at):
            kind = match.lastgroup or ""
            if kind == "open":
                length = match.end() - match.start()
                self.setFormat(match.start(), length, self._formats["text"])
                return (1 if match.group().endswith('"') else 2), match.end()
            if kind == "word":
                word = match.group()
                if keyword.iskeyword(word):
                    kind = "keyword"
                elif word in _SPECIAL:
                    kind = "special"
                else:
                    continue
            self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])
        return 0, len(text)

    def _make_formats(self) -> None:
        families = theme().tokens.families
        for kind, color in (
            ("comment", theme().tokens.muted),
            ("text", families["pooling"]),
            ("number", families["activation"]),
            ("keyword", families["normalization"]),
            ("definition", theme().tokens.accent),
            ("special", families["shape"]),
        ):
            item = QTextCharFormat()
            item.setForeground(theme().color("text"))
            item.setForeground(_brush(color))
            item.setFontItalic(kind == "comment")
            if kind == "definition":
                item.setFontWeight(QFont.Weight.Medium)
            self._formats[kind] = item

    def _change_theme(self) -> None:
        self._make_formats()
        self.rehighlight()


def _brush(color: str):
    from PySide6.QtGui import QBrush, QColor

    return QBrush(QColor(color))
