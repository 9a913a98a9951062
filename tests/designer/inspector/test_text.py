"""Values as people type them."""

from __future__ import annotations

import pytest

from designer.inspector import text
from engine.fields import Field, Integer, Integers, Pair, Real, Reals, Value

PAIR = Pair(low=0, high=64, words=("same",))


@pytest.mark.parametrize(
    ("spec", "typed", "value"),
    [
        (Integer(low=1, high=9), " 7 ", 7),
        (Integer(low=1, high=9, words=("same",)), "same", "same"),
        (Integer(low=1, high=9, none="as the kernel"), "", None),
        (Integer(low=1, high=9, none="as the kernel"), "As the kernel", None),
        (PAIR, "3", 3),
        (PAIR, "3, 5", (3, 5)),
        (PAIR, "3x5", (3, 5)),
        (PAIR, "3 × 5", (3, 5)),
        (PAIR, "(3, 3)", 3),
        (PAIR, "same", "same"),
        (Integers(longest=3), "16, 5, 5", (16, 5, 5)),
        (Integers(longest=3), "16×5×5", (16, 5, 5)),
        (Reals(none="all alike"), "1, 2, 0.5", (1.0, 2.0, 0.5)),
        (Reals(none="all alike"), "(1 2e3; .5)", (1.0, 2000.0, 0.5)),
        (Reals(none="all alike"), "All alike", None),
        (Real(low=0, high=1), "15 %", 0.15),
        (Real(low=0, high=1), "1e-3", 0.001),
    ],
)
def test_what_is_typed_is_read_as_it_is_meant(spec: Field, typed: str, value: Value) -> None:
    assert text.read(spec, typed) == value


@pytest.mark.parametrize(
    ("spec", "typed"),
    [
        (Integer(low=1, high=9), "10"),
        (Integer(low=1, high=9), "abc"),
        (Integer(low=1, high=9), ""),
        (Integer(low=1, high=9), "٣"),
        (PAIR, "3, y"),
        (PAIR, "1, 2, 3"),
        (Integers(longest=2), "1 2 3"),
        (Reals(longest=2), "1, 2, 3"),
        (Reals(longest=2), "1, two"),
        (Reals(longest=2, low=0), "1, -2"),
        (Reals(longest=2, low=0), "1, nan"),
        (Real(low=0, high=1), "nan"),
        (Real(low=0, high=1), "2"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_with_what_was_typed(spec: Field, typed: str) -> None:
    with pytest.raises(ValueError, match="must be") as refused:
        text.read(spec, typed)
    assert "None" not in str(refused.value)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        (PAIR, (3, 5)),
        (PAIR, "same"),
        (PAIR, 4),
        (Real(), 0.002),
        (Integers(), (1, 32, 32)),
        (Reals(), (1.0, 0.1, 1e-6)),
    ],
)
def test_a_value_survives_being_written_and_read(spec: Field, value: Value) -> None:
    assert text.read(spec, text.write(spec, value)) == value


@pytest.mark.parametrize(
    ("spec", "value", "by", "after"),
    [
        (Integer(low=1, high=9), 8, 1, 9),
        (Integer(low=1, high=9), 8, 10, 9),
        (PAIR, (3, 5), 1, (4, 6)),
        (PAIR, (0, 5), -1, (0, 5)),
        (PAIR, "same", 1, 1),
        (Real(low=1e-9, high=100), 0.002, 1, 0.003),
        (Real(low=1e-9, high=100), 0.001, -1, 0.0009),
        (Real(low=1e-9, high=100), 0.001, 1, 0.002),
        (Real(low=0, high=1), 0.0, 1, 0.1),
    ],
)
def test_a_step_goes_to_the_next_sensible_value(
    spec: Field, value: Value, by: int, after: Value
) -> None:
    assert text.step(spec, value, by) == after
