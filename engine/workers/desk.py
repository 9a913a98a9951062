"""The desk before the lab: standing questions, the network they are about, and a new lab where one dies."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal, TypeAlias

from engine.workers.channel import ChannelError
from engine.workers.handles import LabHandle
from engine.workers.messages import (
    Augmented,
    Examine,
    Examining,
    Gathered,
    GiveUp,
    Glance,
    Glimpsed,
    Load,
    Loaded,
    Loading,
    Observation,
    Question,
    Refused,
    Surveyed,
    Unreadable,
)

LabState: TypeAlias = Literal["off", "starting", "ready", "failed"]
Answer: TypeAlias = Augmented | Loaded | Loading | Observation | Refused
Seen: TypeAlias = Examining | Gathered | Glimpsed | Surveyed | Unreadable
"""What is told of a dataset."""

PACE = 1 / 8
"""Seconds at least between two answers to one standing question while training changes the weights."""
DEATHS = 3
"""A lab that dies so often within `MINUTE` is not started again before the network changes."""
MINUTE = 60.0


class LabDesk:
    """Keeps a lab that knows the present network, and asks it what viewers want to know.

    No call waits for the lab. `state` and `message` say how it stands.
    """

    def __init__(self) -> None:
        self.state: LabState = "off"
        self.message = ""
        self._lab: LabHandle | None = None
        self._load: Load | None = None
        self._standing: dict[str, Question] = {}
        self._due: set[str] = set()
        self._asked: dict[str, int] = {}
        self._asked_at: dict[str, float] = {}
        self._loading = 0
        self._examined: Examine | None = None
        self._examining = 0
        """The number of the question about a dataset that was asked last."""
        self._looking = False
        self._deaths: list[float] = []

    @property
    def busy(self) -> bool:
        """Whether an answer, or a turn to ask, is awaited."""
        waiting = bool(self._asked or self._loading or self._due or self._looking)
        return self._lab is not None and (waiting or self.state == "starting")

    @property
    def pid(self) -> int:
        """The lab's process number, or 0."""
        return self._lab.pid if self._lab else 0

    def start(self) -> None:
        """Start the lab, where none is."""
        if self._lab is not None:
            return
        try:
            self._lab = LabHandle.spawn()
        except ChannelError as error:
            self.state, self.message = "failed", str(error)
            return
        self.state, self.message = "starting", ""
        self._asked.clear()
        if self._load is not None:
            self._loading = self._lab.ask(self._load)
        if self._examined is not None:
            self._examining = self._lab.ask(self._examined)
        self._due = set(self._standing)

    def load(self, network: Load) -> None:
        """Hold another network, or other weights; standing questions are asked again."""
        if network == self._load:
            return
        self._load = network
        self._deaths.clear()
        self._due = set(self._standing)
        if self._lab is not None:
            self._loading = self._lab.ask(network)
        elif self.state == "failed":
            self.start()

    def watch(self, viewer: str, question: Question | None) -> None:
        """Set the standing question of a viewer, or end it; it is asked now and at every `refresh`."""
        if question is None:
            self._standing.pop(viewer, None)
            self._due.discard(viewer)
            return
        self._standing[viewer] = replace(question, viewer=viewer)
        self.observe(self._standing[viewer])

    def observe(self, question: Question) -> None:
        """Ask once; an older question of the same viewer that still waits is dropped."""
        self.start()
        if self._lab is not None:
            self._due.discard(question.viewer)
            self._asked[question.viewer] = self._lab.ask(question)
            self._asked_at[question.viewer] = time.monotonic()

    def examine(self, question: Examine | None) -> None:
        """Look through a dataset, or give it up; a new lab is asked again."""
        self._examined = question
        self._looking = question is not None
        if question is None:
            if self._lab is not None:
                self._lab.ask(GiveUp())
        elif self._lab is not None:
            self._examining = self._lab.ask(question)
        else:
            self.start()

    def glance(self, question: Glance) -> None:
        """Show images of the dataset that is looked through; an older such question is dropped."""
        if self._lab is not None:
            self._asked[question.viewer] = self._lab.ask(question)

    def refresh(self) -> None:
        """The weights have changed: ask standing questions again, each at most at `PACE`."""
        self._due |= set(self._standing)

    def poll(self) -> list[Answer | Seen]:
        """The answers since the last call. Starts a new lab where this one has died."""
        if self._lab is None:
            return []
        answers: list[Answer | Seen] = []
        for item in self._lab.poll():
            if not isinstance(item, Answer | Seen):
                continue
            self._note(item)
            if not isinstance(item, Seen) or self._current(item):
                answers.append(item)
        if self.state == "starting" and self._lab.ready:
            self.state, self.message = "ready", ""
        if not self._lab.alive():
            self._died()
        self._ask_what_is_due()
        return answers

    def close(self) -> None:
        """End the lab."""
        if self._lab is not None:
            self._lab.close()
        self._lab = None
        self.state = "off"

    def _current(self, seen: Seen) -> bool:
        """Whether it is of the dataset that was asked about last."""
        of = seen.of if isinstance(seen, Glimpsed) else seen.number
        return self._examined is not None and of == self._examining

    def _note(self, answer: Answer | Seen) -> None:
        if answer.number == self._loading:
            self._loading = 0
        if isinstance(answer, Surveyed | Unreadable) and self._current(answer):
            self._looking = False
        for viewer, number in list(self._asked.items()):
            if number == answer.number:
                del self._asked[viewer]

    def _ask_what_is_due(self) -> None:
        # One at a time and viewer, so that a slow network is asked no faster than it answers.
        if self.state != "ready":
            return
        now = time.monotonic()
        for viewer in sorted(self._due - self._asked.keys()):
            if now - self._asked_at.get(viewer, 0.0) >= PACE:
                self.observe(self._standing[viewer])

    def _died(self) -> None:
        assert self._lab is not None
        ending, complaint = self._lab.ending(), self._lab.complaint()
        self._lab.close()
        self._lab = None
        self._loading = 0
        now = time.monotonic()
        self._deaths = [moment for moment in self._deaths if now - moment < MINUTE] + [now]
        why = f": {complaint}" if complaint else ""
        if len(self._deaths) < DEATHS:
            self.start()
            return
        self.state = "failed"
        self.message = (
            f"The lab ended unexpectedly{ending} {DEATHS} times within a minute{why}; "
            "change the network or its data to start it again."
        )
