"""Describing: large folders of images are looked through beside the window, which then hears of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from designer.document import Document
from engine.data.memory import look_at_once, look_beside


class Describing(QObject):
    """Has a document analysed anew when the description of its images has come; ends with it."""

    came = Signal()
    """A description has come; a thread says so."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.came.connect(document.look_again)
        tell = self.came.emit
        look_beside(tell)
        self.destroyed.connect(lambda: look_at_once(tell))
