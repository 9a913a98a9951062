"""Looking through a dataset: what is told of it, what is shown, and how it is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import DataChoice, load
from engine.data.images import split
from engine.lab.store import Store
from engine.workers.channel import ChannelError
from engine.workers.desk import LabDesk
from engine.workers.looking import Looker
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

WaitFor = Callable[..., float]


class Told:
    """A looker at work, and all that it tells."""

    def __init__(self, wait_for: WaitFor) -> None:
        self.heard: list[Message] = []
        self.asked: list[Message] = []
        """What is asked the moment the looker tells of its way."""
        self._over = False
        self._wait_for = wait_for
        self.looker = Looker(Store(), self._hear)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        try:
            self.looker.work()
        except ChannelError:
            return

    def _hear(self, message: Message) -> None:
        if self._over:
            raise ChannelError("The other end is gone.")
        self.heard.append(message)
        if isinstance(message, Examining) and self.asked:
            self.looker.put(self.asked.pop(0))  # type: ignore[arg-type]

    def wait(self, kind: type[Message], number: int) -> Message:
        def found() -> list[Message]:
            return [m for m in self.heard if isinstance(m, kind) and m.number == number]

        self._wait_for(found)
        return found()[0]

    def end(self) -> None:
        self._over = True
        self.looker.put(Glance(0, np.zeros(0, np.int64), 1))
        self.thread.join(10)


@pytest.fixture
def told(wait_for: WaitFor) -> Iterator[Told]:
    made = Told(wait_for)
    yield made
    made.end()


def digits(number: int, **changes: object) -> Examine:
    values = {"data": "digits", "folder": "", "shape": (1, 16, 16), "validation": 0.2}
    return Examine(**(values | changes), number=number)  # type: ignore[arg-type]


def test_a_dataset_is_told_and_looked_through(told: Told) -> None:
    told.looker.put(digits(7, data="lines"))
    gathered, surveyed = told.wait(Gathered, 7), told.wait(Surveyed, 7)
    assert isinstance(gathered, Gathered) and isinstance(surveyed, Surveyed)
    images = load(DataChoice("lines"), (1, 16, 16))
    assert gathered.shape == (1, 16, 16) and gathered.classes == images.classes
    assert gathered.labels.tolist() == images.train.labels.tolist()
    assert gathered.aside.tolist() == split(images.train.labels, 0.2)[1].tolist()
    assert images.test is not None
    assert surveyed.balance.sum(0).tolist() == [
        len(images.train) - len(gathered.aside),
        len(gathered.aside),
        len(images.test),
    ]
    assert surveyed.counts.sum() == images.train.images.size


def test_without_a_shape_images_have_their_own(told: Told) -> None:
    told.looker.put(digits(1, shape=()))
    gathered = told.wait(Gathered, 1)
    assert isinstance(gathered, Gathered) and gathered.shape == (1, 8, 8)


def test_images_of_both_parts_are_shown_and_large_ones_made_smaller(told: Told) -> None:
    told.looker.put(digits(1, data="lines"))
    told.wait(Gathered, 1)
    images = load(DataChoice("lines"), (1, 16, 16))
    assert images.test is not None
    places = np.array([3, len(images.train) + 2, 0])
    told.looker.put(Glance(1, places, 16, number=2))
    seen = told.wait(Glimpsed, 2)
    assert isinstance(seen, Glimpsed) and seen.places.tolist() == places.tolist()
    assert (seen.images[0] == images.train.images[3]).all()
    assert (seen.images[1] == images.test.images[2]).all()
    told.looker.put(Glance(1, places, 8, number=3))
    small = told.wait(Glimpsed, 3)
    assert isinstance(small, Glimpsed) and small.images.shape == (3, 1, 8, 8)
    expected = images.train.images[3, 0, :2, :2].mean()
    assert abs(int(small.images[0, 0, 0, 0]) - expected) <= 0.5


def test_images_that_are_not_there_or_no_longer_asked_about_are_refused(told: Told) -> None:
    told.looker.put(digits(1))
    told.wait(Gathered, 1)
    told.looker.put(Glance(1, np.array([10_000_000]), 16, number=2))
    told.wait(Refused, 2)
    told.looker.put(Glance(4, np.array([0]), 16, number=5))
    told.wait(Refused, 5)


def test_a_newer_question_ends_an_older_one(told: Told) -> None:
    told.asked = [digits(2)]
    told.looker.put(digits(1, data="shapes", shape=(3, 32, 32)))
    told.wait(Surveyed, 2)
    assert not [m for m in told.heard if isinstance(m, Surveyed) and m.number == 1]


def test_given_up_reading_is_refused_until_it_is_asked_for_again(told: Told) -> None:
    told.asked = [GiveUp()]
    told.looker.put(digits(1, data="shapes", shape=(3, 32, 32)))
    answer = told.wait(Unreadable, 1)
    assert isinstance(answer, Unreadable) and "stopped" in answer.message
    told.looker.put(digits(2, data="shapes", shape=(3, 32, 32)))
    told.wait(Surveyed, 2)


def test_what_cannot_be_read_is_said_in_a_sentence_and_the_next_dataset_is_read(
    told: Told, tmp_path: Path
) -> None:
    told.looker.put(digits(1, data="folder", folder=str(tmp_path / "nowhere")))
    answer = told.wait(Unreadable, 1)
    assert isinstance(answer, Unreadable) and "nowhere is not there" in answer.message
    told.looker.put(digits(2, shape=(2, 16, 16)))
    answer = told.wait(Unreadable, 2)
    assert isinstance(answer, Unreadable) and "2 channels" in answer.message
    told.looker.put(digits(3))
    told.wait(Surveyed, 3)


def test_files_that_came_since_are_found_when_it_is_read_afresh(told: Told, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("L", (8, 8), 90).save(tmp_path / name / "1.png")
    own = {"data": "folder", "folder": str(tmp_path), "shape": (1, 8, 8), "validation": 0.0}
    told.looker.put(digits(1, **own))
    told.wait(Surveyed, 1)
    Image.new("L", (8, 8), 30).save(tmp_path / "b" / "2.png")
    (tmp_path / "a" / "2.png").write_bytes(b"no image")
    told.looker.put(digits(2, **own, afresh=True))
    gathered = told.wait(Gathered, 2)
    assert isinstance(gathered, Gathered)
    assert len(gathered.labels) == 3 and gathered.remarked == 1
    assert gathered.remarks[0].startswith(str(tmp_path / "a" / "2.png"))


def test_a_lab_that_died_is_asked_again(runtime: Path, wait_for: WaitFor) -> None:
    import os
    import signal

    desk = LabDesk()
    answers: list[Message] = []

    def surveyed() -> list[Message]:
        answers.extend(desk.poll())
        return [item for item in answers if isinstance(item, Surveyed)]

    try:
        desk.examine(digits(0))
        wait_for(surveyed, 60)
        desk.glance(Glance(answers[-1].number, np.array([0]), 16))
        wait_for(lambda: not (surveyed() and desk.busy), 60)
        assert isinstance(answers[-1], Glimpsed)
        answers.clear()
        os.kill(desk.pid, signal.SIGKILL)
        wait_for(surveyed, 60)
    finally:
        desk.close()
