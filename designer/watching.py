"""Watching: what the lab sees of a sample, on the cards of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.workers.messages import Observation, Observe

if TYPE_CHECKING:
    from designer.app import MainWindow

CANVAS = "canvas"
"""The canvas as a viewer of the lab."""
_SETTING = "thumbnails"


class Watching(QObject):
    """Asks the lab for thumbnails while they are shown, and marks the node that the viewer shows."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._sample = 0
        window.workshop.lab.observed.connect(self._show)
        window.docks["Feature maps"].visibilityChanged.connect(self._leave)
        self._ask(bool(window.settings.value(_SETTING, True, bool)))

    def toggle(self) -> None:
        """Show the activations of a sample on the nodes, or take them away; remembered."""
        self._ask(not self._window.canvas.thumbnails_shown)
        self._window.settings.setValue(_SETTING, self._window.canvas.thumbnails_shown)

    def _ask(self, shown: bool) -> None:
        self._window.canvas.show_thumbnails(shown)
        question = Observe(sample=self._sample, node="", thumbnails=True, viewer=CANVAS)
        self._window.workshop.lab.watch(question if shown else None, CANVAS)

    def _show(self, observation: Observation) -> None:
        canvas = self._window.canvas
        if observation.thumbnails:
            canvas.set_thumbnails(observation.thumbnails)
        if observation.node and not self._window.feature_maps.visibleRegion().isEmpty():
            canvas.set_running(observation.node)
            if observation.sample != self._sample:
                # The cards show the image that the viewer shows.
                self._sample = observation.sample
                self._ask(canvas.thumbnails_shown)

    def _leave(self, visible: bool) -> None:
        if not visible:
            self._window.canvas.set_running(None)
