"""Looking through a dataset: read, surveyed and shown by a thread of the lab's own, beside the network."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from engine.data import DataChoice, DataError, describe
from engine.data.images import Images, parted
from engine.data.resize import reduced
from engine.data.survey import survey
from engine.lab.store import Store
from engine.workers.messages import (
    Examine,
    Examining,
    Gathered,
    GiveUp,
    Glance,
    Glimpsed,
    Message,
    Refused,
    Surveyed,
    Unreadable,
)

Asked: TypeAlias = Examine | GiveUp | Glance

MOST_REMARKS = 1000
"""Remarks on files that are told; the log of a run has them all."""
_TELL = 0.1
"""Seconds at least between two tellings of how far it is."""


class _OvertakenError(Exception):
    """What was asked is no longer wanted."""


class Looker:
    """Answers questions about a dataset. `put` is for the thread that reads, `work` for that which answers.

    What is glanced at is shown while the rest is still looked through.
    """

    def __init__(self, store: Store, tell: Callable[[Message], None]) -> None:
        self._store = store
        self._tell_client = tell
        self._changed = threading.Condition()
        self._wanted: Examine | None = None
        self._given_up = False
        self._glances: dict[str, Glance] = {}
        self._held: tuple[int, Images] | None = None
        self._told = 0.0

    def put(self, message: Asked) -> None:
        """Add a question, in the place of one that it overtakes."""
        with self._changed:
            match message:
                case Examine():
                    self._wanted = message
                    self._store.take_up(message.afresh)
                case GiveUp():
                    self._given_up = True
                    self._wanted = None
                    self._store.give_up()
                case Glance():
                    self._glances[message.viewer] = message
            self._changed.notify()

    def work(self) -> None:
        """Answer questions for ever; raises where the client is gone."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._glances)
                wanted, self._wanted = self._wanted, None
                self._given_up = False
            if wanted is not None:
                self._examine(wanted)
            self._show()

    def _examine(self, question: Examine) -> None:
        """Answer with all there is to tell, as far as nobody wants something else."""
        self._held = None
        try:
            self._look_through(question)
        except _OvertakenError:
            pass
        except DataError as error:
            self._tell_client(Unreadable(str(error), number=question.number))
        except MemoryError:
            sentence = "The images do not fit into the memory; give the Input a smaller shape."
            self._tell_client(Unreadable(sentence, number=question.number))
        except Exception as error:
            traceback.print_exc()
            sentence = f"The images cannot be read: {type(error).__name__}: {error}"
            self._tell_client(Unreadable(sentence, number=question.number))

    def _look_through(self, question: Examine) -> None:
        def tell(message: str, fraction: float) -> None:
            if self._wanted is not None or self._given_up:
                raise _OvertakenError
            self._show()
            if time.monotonic() - self._told > _TELL:
                self._told = time.monotonic()
                self._tell_client(Examining(message, fraction, number=question.number))

        choice = DataChoice(question.data, question.folder)
        shape = question.shape or describe(choice).shape
        images = self._store.images(choice, shape, tell)
        aside = parted(images.train, question.validation)[1]
        tested = images.test.labels if images.test else np.zeros(0, np.int64)
        self._held = question.number, images
        self._tell_client(
            Gathered(
                shape=images.train.images.shape[1:],
                classes=images.classes,
                labels=images.train.labels,
                aside=aside,
                test_labels=tested,
                remarks=images.remarks[:MOST_REMARKS],
                remarked=len(images.remarks),
                number=question.number,
            )
        )
        found = survey(images, question.validation, tell)
        self._tell_client(
            Surveyed(
                found.balance,
                found.channels.counts,
                found.leaks,
                found.test_leaks,
                found.disagreements,
                number=question.number,
            )
        )

    def _show(self) -> None:
        """Answer what waits to be glanced at."""
        with self._changed:
            waiting, self._glances = list(self._glances.values()), {}
        for glance in waiting:
            self._tell_client(self._glimpsed(glance))

    def _glimpsed(self, glance: Glance) -> Message:
        if self._held is None or self._held[0] != glance.of:
            return Refused("Other images were read since; look again.", number=glance.number)
        images = self._held[1]
        train, test = images.train.images, images.test
        places, count = glance.places, len(train)
        end = count + (len(test) if test else 0)
        if glance.edge < 1 or (len(places) and not 0 <= places.min() <= places.max() < end):
            return Refused(f"There are the images 0 to {end - 1:,}.", number=glance.number)
        shown = np.empty((len(places), *train.shape[1:]), np.uint8)
        tests = places >= count
        shown[~tests] = train[places[~tests]]
        if test:
            shown[tests] = test.images[places[tests] - count]
        small = reduced(shown, glance.edge)
        return Glimpsed(glance.of, places, small, glance.viewer, number=glance.number)
