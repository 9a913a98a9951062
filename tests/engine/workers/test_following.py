"""A run that another machine trains is followed, and asked to stop, through its directory alone."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from engine.training import asking
from engine.training.asking import attending
from engine.training.control import Control
from engine.training.events import Changed, Event, Failed, Paused, Steps, Stopped
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from engine.training.summary import Reading
from engine.workers import watch
from engine.workers.messages import Pause, Resume, SetPlan, Stop
from engine.workers.watch import RunWatch, goes_on, live_run

WaitFor = Callable[..., float]


@pytest.fixture
def far(
    make_run: Callable[..., RunDirectory], monkeypatch: pytest.MonkeyPatch, wait_for: WaitFor
) -> Iterator[RunDirectory]:
    """A run that is trained, as it says, by a process with no living number on another machine."""
    monkeypatch.setattr(asking, "LOOK", 0.02)
    monkeypatch.setattr(watch, "FOLLOWING", 0.02)
    run = make_run(device="cpu")
    run.update(pid=2**22 - 7, host="elsewhere")
    control = Control()

    def work() -> None:
        with attending(run, control):
            train(run, control)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    wait_for(lambda: any(isinstance(event, Steps) for event in run.events()[0]))
    yield run
    control.stop()
    thread.join(10)


def test_it_is_followed_paused_changed_and_stopped(far: RunDirectory, wait_for: WaitFor) -> None:
    following = RunWatch(far, None)
    told: list[Event] = []

    def heard(kind: type[Event]) -> bool:
        told.extend(following.poll())
        return any(isinstance(event, kind) for event in told)

    assert following.afar and following.live and not following.telling
    wait_for(lambda: heard(Steps))
    following.send(Pause())
    wait_for(lambda: heard(Paused))
    assert following.status == "paused"
    following.send(SetPlan(rate=0.125))
    wait_for(lambda: heard(Changed))
    assert [event.rate for event in told if isinstance(event, Changed)] == [0.125]
    following.send(Resume())
    wait_for(lambda: following.poll() is not None and following.status == "running")
    following.send(Stop())
    wait_for(lambda: heard(Stopped))
    assert following.status == "stopped"
    assert not following.live


def test_it_is_taken_to_go_on_and_not_for_dead_by_its_number(far: RunDirectory) -> None:
    reading = Reading(far.path)
    reading.look()
    assert goes_on(reading.summary)
    assert live_run(far.path.parent) is None
    assert far.state().status == "running"


def test_a_run_of_which_nothing_is_heard_is_given_up_and_left_as_it_is(
    far: RunDirectory, monkeypatch: pytest.MonkeyPatch, wait_for: WaitFor
) -> None:
    following = RunWatch(far, None)
    following.send(Pause())
    told: list[Event] = []
    wait_for(lambda: told.extend(following.poll()) or following.status == "paused")
    monkeypatch.setattr(watch, "SILENCE", 0.2)
    wait_for(lambda: told.extend(following.poll()) or isinstance(told[-1], Failed))
    assert "Nothing has been heard" in told[-1].message  # type: ignore[attr-defined]
    assert "elsewhere" in told[-1].message  # type: ignore[attr-defined]
    assert json.loads(far.state_file.read_bytes())["status"] == "paused"


def test_a_run_whose_process_on_this_machine_is_gone_is_marked_as_failed(
    far: RunDirectory, wait_for: WaitFor
) -> None:
    following = RunWatch(far, None)
    following.send(Pause())
    told: list[Event] = []
    wait_for(lambda: told.extend(following.poll()) or following.status == "paused")
    far.update(host=socket.gethostname())
    wait_for(lambda: told.extend(following.poll()) or isinstance(told[-1], Failed))
    assert "ended unexpectedly" in far.state().message
