"""Events are lines of JSON: what is written is read again, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.training.events import (
    KINDS,
    EventError,
    Failed,
    Paused,
    Started,
    Steps,
    decode,
    encode,
)

REALS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = {
    "str": st.text(max_size=40),
    "bool": st.booleans(),
    "int": st.integers(0, 10**12),
    "float": REALS,
    "float | None": st.none() | REALS,
    "tuple[float, ...]": st.lists(REALS, max_size=5).map(tuple),
    "tuple[float | None, ...]": st.lists(st.none() | REALS, max_size=5).map(tuple),
    "tuple[str, ...]": st.lists(st.text(max_size=9), max_size=5).map(tuple),
}
EVENTS = st.sampled_from(list(KINDS.values())).flatmap(
    lambda kind: st.builds(kind, **{f.name: VALUES[str(f.type)] for f in fields(kind)})
)


@settings(max_examples=200)
@given(EVENTS)
def test_an_event_is_one_line_and_is_read_again_as_it_was(event) -> None:
    line = encode(event)
    assert "\n" not in line
    assert decode(line) == event


def test_the_start_of_a_run_of_an_earlier_version_is_read_as_what_it_was() -> None:
    line = (
        '{"event": "Started", "device": "cpu", "threads": 1, "epochs": 1, "steps_per_epoch": 2, '
        '"train_images": 3, "validation_images": 4, "parameters": 5}'
    )
    assert decode(line) == Started("cpu", 1, 1, 2, 3, 4, 5, "cross-entropy (nats)", True)


def test_a_number_that_is_none_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(Steps(1, (float("nan"),), (0.5,), 1.0, 1.0))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "3",
        "{}",
        "nonsense",
        '{"event": "Exploded", "step": 1}',
        '{"event": ["Paused"], "step": 1}',
        '{"event": "Paused"}',
        '{"event": "Paused", "step": 1, "more": 2}',
        '{"event": "Paused", "step": true}',
        '{"event": "Paused", "step": "1"}',
        '{"event": "Finished", "test_loss": NaN, "test_accuracy": null}',
        '{"event": "Steps", "step": 1, "losses": 2, "accuracies": [], "images_per_second": 1, "seconds_left": 1}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused_in_one_sentence(line: str) -> None:
    with pytest.raises(EventError):
        decode(line)


def test_the_names_in_the_file_are_those_of_the_events() -> None:
    assert encode(Paused(7)) == '{"event": "Paused", "step": 7}'
    assert encode(Failed("ü", node="conv1", step=3)) == (
        '{"event": "Failed", "message": "ü", "detail": "", "node": "conv1", "step": 3}'
    )
