"""Lab: what the window asks of the process that computes maps and reads datasets, and what it is told.

torch is never imported here. Nothing waits for an answer: `look`, called many times a second, brings
what has come.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.workers.desk import LabDesk, LabState
from engine.workers.messages import (
    Augmented,
    Examine,
    Glance,
    Load,
    Loaded,
    Loading,
    Observation,
    Question,
    Refused,
)


class Lab(QObject):
    """The lab of one window, the network that it holds, and the weights that it shows."""

    observed = Signal(object)
    """An `Observation`."""
    looked = Signal(object)
    """What is told of the dataset that is examined, a `Seen`."""
    augmented = Signal(object)
    """An `Augmented`."""
    changed = Signal(str, str)
    """The lab's state (off, starting, ready, failed), and what it is at, or why it failed."""
    weights_changed = Signal(str)
    """`weights_from` has changed."""
    asked = Signal()
    """Something was asked: it is time to look."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = LabDesk()
        self._network: Load | None = None
        self._broken = False
        """Whether the network has become invalid since."""
        self._told: tuple[str, str] = ("off", "")
        self._misfit = ""
        """Why the network has not the weights that were asked for."""
        self._weights_from = "untrained"

    @property
    def state(self) -> LabState:
        """off, starting, ready or failed."""
        return self._desk.state

    @property
    def busy(self) -> bool:
        """Whether an answer is to come."""
        return self._desk.busy

    @property
    def weights_from(self) -> str:
        """Which weights were last shown: "untrained", "step 120" or "final"."""
        return self._weights_from

    def start(self) -> None:
        """Start its process."""
        self._desk.start()

    def close(self) -> None:
        """End it."""
        self._desk.close()

    def hold(self, network: Load | None, weights: str) -> None:
        """Hold this network with the weights of a file; for None, an invalid one, the last is kept."""
        if network is None:
            self._broken = True
            return
        self._network = network
        self.load(weights)
        if self._broken:
            # Viewers may have dropped what they showed, and an equal network is not loaded again.
            self._broken = False
            self._desk.refresh()

    def load(self, weights: str) -> None:
        """Take the weights of a file, or for an empty name untrained ones."""
        if self._network is not None:
            self._desk.load(replace(self._network, weights=weights))
            self.asked.emit()

    def refresh(self) -> None:
        """The file of the weights has other ones now."""
        self._desk.refresh()

    def observe(self, question: Question) -> None:
        """Ask once; `observed` or `augmented` brings the answer."""
        self._desk.observe(question)
        self.asked.emit()

    def watch(self, question: Question | None, viewer: str = "") -> None:
        """Ask now, and again whenever weights or network change, until None is passed.

        Each `viewer` has one such standing question.
        """
        self._desk.watch(viewer, question)
        self.asked.emit()

    def examine(self, question: Examine | None) -> None:
        """Look through a dataset, or give it up; `looked` brings what is found."""
        self._desk.examine(question)
        self.asked.emit()

    def glance(self, question: Glance) -> None:
        """Ask for images of that dataset."""
        self._desk.glance(question)
        self.asked.emit()

    def look(self) -> None:
        """Tell what has come since the last look."""
        for answer in self._desk.poll():
            match answer:
                case Observation():
                    self._set_weights(answer.weights)
                    self._tell(self._desk.state, self._misfit)
                    self.observed.emit(answer)
                case Augmented():
                    self.augmented.emit(answer)
                case Loaded():
                    self._misfit = answer.message
                    self._set_weights(answer.weights)
                    self._tell(self._desk.state, answer.message)
                case Loading():
                    self._tell(self._desk.state, answer.message)
                case Refused():
                    self._tell(self._desk.state, answer.message)
                case _:
                    self.looked.emit(answer)
        if self._desk.state != self._told[0]:
            self._tell(self._desk.state, self._desk.message)

    def _tell(self, state: str, message: str) -> None:
        if (state, message) != self._told:
            self._told = (state, message)
            self.changed.emit(state, message)

    def _set_weights(self, weights: str) -> None:
        if weights != self._weights_from:
            self._weights_from = weights
            self.weights_changed.emit(weights)
