"""The page of doubles: images that are in a dataset twice, in pairs, and what that does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.dataset import words
from designer.dataset.grid import EDGE, SampleGrid
from designer.dataset.held import Held, Places
from designer.inspector.parts import Sentence, label, tool
from designer.style import SPACE, numbers
from engine.workers.messages import Surveyed

VIEWER = "data doubles"
TITLES = ("Training and validation", "Training and test", "Different labels")


class Finding(NamedTuple):
    """Pairs (n, 2) of places of equal images, and what they mean."""

    pairs: Places
    sentence: str


class Doubles(QWidget):
    """Three kinds of doubles, of which one is shown; the first that has any to begin with."""

    wanted = Signal(object, int, str)
    """As `Samples.wanted`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._held: Held | None = None
        self.findings: list[Finding] = []
        self.buttons: list[QToolButton] = []
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for number, title in enumerate(TITLES):
            button = tool(title, toggle=True)
            self._group.addButton(button, number)
            self.buttons.append(button)
            row.addWidget(button)
        self.readout = Sentence("small")
        row.addWidget(self.readout, 1)
        self._group.idClicked.connect(self._show)
        self.sentence = label(wrap=True)
        self.grid = SampleGrid(together=2)
        self.grid.wanted.connect(lambda places: self.wanted.emit(places, EDGE, VIEWER))
        self.grid.chosen.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(row)
        layout.addWidget(self.sentence)
        layout.addWidget(self.grid, 1)

    @property
    def count(self) -> int:
        """How many doubles there are, of all kinds."""
        return sum(len(finding.pairs) for finding in self.findings)

    def wait(self, sentence: str) -> None:
        """Nothing is known yet, and `sentence` says why."""
        self.findings = []
        self.sentence.setText(sentence)
        self.readout.say("")
        for button, title in zip(self.buttons, TITLES, strict=True):
            button.setText(title)
            button.setEnabled(False)
        self.grid.show_places(np.zeros((0, 2), np.int64))

    def show_found(self, held: Held, found: Surveyed) -> None:
        """Show what was found in a dataset."""
        self._held = held
        tested = found.test_leaks.copy()
        tested[:, 1] = held.tested(tested[:, 1])
        self.findings = [
            Finding(found.leaks, words.leaks(len(found.leaks), held.count("validation"))),
            Finding(tested, words.test_leaks(len(tested), held.count("test"))),
            Finding(found.disagreements, words.disagreements(len(found.disagreements))),
        ]
        for button, title, finding in zip(self.buttons, TITLES, self.findings, strict=True):
            button.setEnabled(True)
            button.setText(f"{title} ({numbers.count(len(finding.pairs))})")
        first = next((n for n, finding in enumerate(self.findings) if len(finding.pairs)), 0)
        before = self._group.checkedId()
        shown = before if before >= 0 and len(self.findings[before].pairs) else first
        self.buttons[shown].setChecked(True)
        self.grid.begin((held.shape[1], held.shape[2]), held.label)
        self._show(shown)

    def take(self, places: Places, images: NDArray[np.uint8]) -> None:
        """Images that were asked for."""
        self.grid.take(places, images)

    def _show(self, number: int) -> None:
        if not self.findings:
            return
        finding = self.findings[number]
        self.sentence.setText(finding.sentence)
        self.grid.show_places(finding.pairs)
        self.readout.say("")

    def _choose(self, item: int) -> None:
        held = self._held
        assert held is not None
        first, second = self.grid.items[item].tolist()
        self.readout.say(
            f"{held.name(first)} ({held.label(first)}) = {held.name(second)} ({held.label(second)})"
        )
