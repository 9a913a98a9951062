"""Wishes are heard from any thread, and a stop is final."""

from __future__ import annotations

import threading
import time

from engine.training.control import Control


def test_at_first_nothing_is_wished() -> None:
    control = Control()
    assert not (control.attention or control.paused or control.stopped)
    control.wait()


def test_waiting_ends_when_another_thread_resumes() -> None:
    control = Control()
    control.pause()
    assert control.attention and control.paused
    threading.Timer(0.05, control.resume).start()
    began = time.perf_counter()
    control.wait()
    assert 0.04 < time.perf_counter() - began < 5
    assert not control.attention


def test_a_stop_ends_a_pause_and_cannot_be_taken_back() -> None:
    control = Control()
    control.pause()
    control.stop()
    control.wait()
    control.resume()
    control.pause()
    assert control.stopped and control.attention and not control.paused


def test_waiting_can_be_limited() -> None:
    control = Control()
    control.pause()
    control.wait(timeout=0.01)
    assert control.paused
