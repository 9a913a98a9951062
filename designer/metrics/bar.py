"""The colour bar beside the confusion matrix."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from designer.style import numbers
from designer.viewers.colormaps import Scale
from designer.viewers.scales import ColorBar


class CountBar(ColorBar):
    """Which colour stands for how many images, or for which part of a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._high, self._shares = 0.0, False
        self.setFixedWidth(46)
        self.setAccessibleName("Colours of the matrix")

    def show_counts(self, high: float, shares: bool) -> None:
        """From 0 to `high`, images or parts of 1."""
        self._high, self._shares = high, shares
        self.show_scale(Scale(0.0, high, False), False)
        self.update()

    def labels(self) -> tuple[str, str]:
        """What is written at the high and at the low end."""
        if self._shares:
            return numbers.percent(self._high), "0 %"
        return numbers.count(self._high), "0"
