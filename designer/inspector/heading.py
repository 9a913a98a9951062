"""What stands at the top of a page: a sign, a name to be edited, and what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.inspector.name_edit import NAME_INDENT, NameEdit
from designer.inspector.parts import Glyph, label
from designer.style import SPACE, Type
from designer.style.theme import font


class Heading(QWidget):
    """The name is told by `name.chosen`; `problem` has the sentence where it was refused."""

    def __init__(self, accessible: str, tip: str) -> None:
        super().__init__()
        self.glyph = Glyph()
        self.name = NameEdit()
        self.name.setFont(font(Type.TITLE))
        self.name.setAccessibleName(accessible)
        self.name.setToolTip(tip)
        self.kind = label(role="muted", wrap=True)
        self.kind.setContentsMargins(NAME_INDENT, 0, 0, 0)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.name)
        texts.addWidget(self.kind)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(texts, 1)
        self.problem = label(role="error", wrap=True)
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(head)
        layout.addWidget(self.problem)

    def refuse(self, sentence: str) -> None:
        """Say why a name cannot be."""
        self.problem.setText(sentence)
        self.problem.show()
