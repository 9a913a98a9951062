"""Spawning: what a worker's environment holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.workers.spawn import ALLOCATOR, environment


def test_a_trainers_allocator_keeps_its_memory_and_a_labs_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ALLOCATOR:
        monkeypatch.delenv(name, raising=False)
    assert ALLOCATOR.items() <= environment("trainer").items()
    assert not ALLOCATOR.keys() & environment("lab").keys()


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    monkeypatch.setenv("PYTHONPATH", "/mine")
    values = environment("trainer")
    assert values["MALLOC_ARENA_MAX"] == "4"
    first, *rest = values["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "engine" / "workers").is_dir()
    assert rest == ["/mine"]
