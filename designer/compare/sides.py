"""What can stand on a side of the comparison: this network, its file, a template, any other file."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

import resources
from designer.document import Document
from designer.files import FILTER
from designer.inspector.choosing import Combo
from designer.panels.templates import templates
from engine.network import storage
from engine.network.project import Project

Source: TypeAlias = str | Path
"""`NOW`, `SAVED`, or the path of a file."""
NOW, SAVED, OTHER = "now", "saved", "other"


class SideChoice(Combo):
    """Chooses what one side shows. `settled` follows a choice; a file that cannot be read is refused
    by whoever loads it.
    """

    settled = Signal()

    def __init__(self, name: str, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAccessibleName(name)
        self.addItem("This network, as it is now", NOW)
        self.addItem("This network, as it was saved", SAVED)
        self.insertSeparator(self.count())
        for template in templates(sorted(resources.TEMPLATES.glob("*.convo"))):
            self.addItem(f"Template {template.name}", template.path)
        self.insertSeparator(self.count())
        self.addItem("Another file…", OTHER)
        self._before = 0
        self.activated.connect(self._choose)
        document.saved_changed.connect(self.refresh)
        self.refresh()

    @property
    def source(self) -> Source:
        """What is chosen."""
        return self.itemData(self._before)

    def choose(self, source: Source) -> None:
        """Choose without asking anybody; a file that is not listed yet is added."""
        place = self._place(source)
        if place < 0 and isinstance(source, Path):
            place = self.count() - 1
            self.insertItem(place, source.name, source)
        self.setCurrentIndex(place)
        self._before = place

    def refresh(self) -> None:
        """The saved version can be chosen once there is one."""
        item = self.model().item(1)  # type: ignore[attr-defined]
        item.setEnabled(self._document.path is not None)

    def _place(self, source: Source) -> int:
        return next((row for row in range(self.count()) if self.itemData(row) == source), -1)

    def _choose(self, row: int) -> None:
        if self.itemData(row) != OTHER:
            self._before = row
            self.settled.emit()
            return
        self.setCurrentIndex(self._before)
        folder = str(self._document.path.parent if self._document.path else Path.cwd())
        name, _ = QFileDialog.getOpenFileName(self, "Compare with a network", folder, FILTER)
        if name:
            self.choose(Path(name))
            self.settled.emit()


def project_of(source: Source, document: Document) -> Project:
    """The project that a source stands for; raises `StorageError`."""
    if source == NOW:
        return document.project
    if source == SAVED:
        if document.path is None:
            raise storage.StorageError("This network has not been saved yet; save it first.")
        return storage.load(document.path)
    return storage.load(Path(source))
