"""The page of samples: the grid, what it is filtered by, and the chosen image large."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.dataset.closeup import CloseUp
from designer.dataset.grid import EDGE, SampleGrid
from designer.dataset.held import PARTS, Held, Part, Places
from designer.inspector.choosing import Combo
from designer.inspector.parts import Sentence, tool
from designer.style import SPACE, numbers

LARGE = 1 << 12
"""Pixels of a side up to which the chosen image is shown as it is."""
LOW = 150
"""Pixels of height below which the caption and the pixel that is pointed at share a line."""
GRID, CHOSEN = "data samples", "data closeup"
"""Who asks for images, as the lab knows them."""


class Samples(QWidget):
    """All images, or those of a part and a class, or a list that somebody else asks for."""

    wanted = Signal(object, int, str)
    """Places of images, how large (pixels of a side), and for which viewer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._held: Held | None = None
        self._listed: tuple[str, Places] | None = None
        self.place = -1
        """The image that is chosen, or -1."""
        self.grid = SampleGrid()
        self.grid.setAccessibleName("Images")
        self.grid.wanted.connect(lambda places: self.wanted.emit(places, EDGE, GRID))
        self.grid.chosen.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * SPACE)
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(self._head())
        left.addWidget(self.grid, 1)
        layout.addLayout(left, 1)
        self._side = QWidget()
        self._fill_side(self._side)
        layout.addWidget(self._side)

    def _head(self) -> QWidget:
        """What is listed, in place of the filters."""
        self.title = Sentence("strong")
        self.back = tool("All images", tip="Show the images of the dataset again")
        self.back.clicked.connect(lambda: self.show_list(None))
        self._heading = QWidget()
        row = QHBoxLayout(self._heading)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.title, 1)
        row.addWidget(self.back)
        self._heading.hide()
        return self._heading

    def _fill_side(self, side: QWidget) -> None:
        self.part, self.kind = Combo(), Combo()
        self.part.setAccessibleName("Part")
        self.kind.setAccessibleName("Class")
        for combo in (self.part, self.kind):
            combo.activated.connect(self._filter)
        self.large = CloseUp()
        self.large.pointed.connect(self._point)
        self.caption = Sentence("strong")
        self.readout = Sentence("small")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        self._filters = QWidget()
        row = QHBoxLayout(self._filters)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.part, 1)
        row.addWidget(self.kind, 1)
        column.addWidget(self._filters)
        column.addWidget(self.large, 1)
        column.addWidget(self.caption)
        column.addWidget(self.readout)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(min(240, max(180, self.width() // 4)))
        self.readout.setVisible(self.height() >= LOW)
        self._point(self.large.told())

    def show_dataset(self, held: Held) -> None:
        """Show another dataset; the filters stay where they still mean something."""
        before = self._held
        self._held = held
        same = before is not None and before.same_images(held)
        if before is None or not same or before.shape != held.shape:
            self.large.show_image(None)
        if not same:
            # An image of the same number is another one.
            self.grid.show_places(np.empty(0, np.int64))
        self._listed = None
        self._fill_filters(held)
        self.grid.begin((held.shape[1], held.shape[2]), held.label)
        self._filter()

    def show_list(self, listed: tuple[str, Places] | None) -> None:
        """Show these images under a title, or None: those that the filters choose."""
        self._listed = listed
        self._filter()
        if listed is not None and len(listed[1]):
            self.grid.choose(0)

    def take(self, viewer: str, places: Places, images: NDArray[np.uint8]) -> None:
        """Images that were asked for."""
        if viewer == GRID:
            self.grid.take(places, images)
        elif len(places) and int(places[0]) == self.place:
            self.large.show_image(images[0])

    def _fill_filters(self, held: Held) -> None:
        part, kind = self.part.currentData(), self.kind.currentText()
        self.part.clear()
        self.part.addItem("All parts", None)
        for name in PARTS:
            if held.count(name):
                self.part.addItem(f"{name.capitalize()} ({numbers.count(held.count(name))})", name)
        self.part.setCurrentIndex(max(0, self.part.findData(part)))
        self.kind.clear()
        self.kind.addItem("All classes", None)
        for number, name in enumerate(held.classes):
            self.kind.addItem(name, number)
        self.kind.setCurrentIndex(max(0, self.kind.findText(kind, Qt.MatchFlag.MatchExactly)))

    def _filter(self) -> None:
        held = self._held
        if held is None:
            return
        self._heading.setVisible(self._listed is not None)
        self._filters.setVisible(self._listed is None)
        if self._listed is not None:
            title, places = self._listed
            self.title.say(title)
        else:
            part: Part | None = self.part.currentData()
            places = held.places(part, self.kind.currentData())
        self.grid.show_places(places, "No image is of this part and this class.")
        if self.grid.item >= 0:
            self._choose(self.grid.item)
        else:
            self._forget()

    def _choose(self, item: int) -> None:
        held = self._held
        assert held is not None
        self.place = int(self.grid.items[item, 0])
        self._point("")
        self.wanted.emit(np.array([self.place], np.int64), LARGE, CHOSEN)

    def _forget(self) -> None:
        self.place = -1
        self.large.show_image(None)

    def _point(self, told: str) -> None:
        """Say which image is chosen, and of which pixel the value is told."""
        held = self._held
        which = ""
        if held is not None and self.place >= 0:
            which = f"{held.name(self.place)} · class {held.label(self.place)}"
        low = self.height() < LOW
        self.caption.say((told if low else "") or which or "Choose an image to see it large.")
        self.readout.say(told or ("Point at a pixel." if which else ""))
