"""Fields bring values to one canonical form and refuse the rest in words."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from engine.fields import (
    Choice,
    Declaration,
    Field,
    Flag,
    Integer,
    Integers,
    Pair,
    ParameterError,
    Real,
    Reals,
    Value,
    parameter,
    specs,
)


@dataclass(frozen=True)
class Kernel(Declaration):
    """A declaration with one parameter of each sort."""

    size: int | tuple[int, int] | str = parameter(3, Pair(low=1, high=9, words=("same",)))
    groups: int = parameter(1, Integer(low=1, high=64))
    rate: float = parameter(0.5, Real(low=0, high=1))
    shape: tuple[int, ...] = parameter((1, 2), Integers(low=1, high=9, longest=3))
    weights: tuple[float, ...] | None = parameter(
        None, Reals(low=0, high=9, longest=3, none="all alike")
    )
    mode: str = parameter("zeros", Choice(options=("zeros", "circular")))
    bias: bool = parameter(True, Flag())
    stride: int | None = parameter(None, Pair(low=1, none="the kernel size"))


@pytest.mark.parametrize(
    ("name", "given", "held"),
    [
        ("size", (5, 5), 5),
        ("size", [3, 5], (3, 5)),
        ("size", "same", "same"),
        ("rate", 1, 1.0),
        ("shape", [4], (4,)),
        ("stride", None, None),
        ("weights", [1, 2.5], (1.0, 2.5)),
        ("weights", None, None),
    ],
)
def test_a_value_has_one_form(name: str, given: Value, held: Value) -> None:
    value = Kernel().changed(**{name: given}).values[name]
    assert value == held and type(value) is type(held)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("size", 0, "must be a whole number from 1 to 9 or 'same', not 0"),
        ("size", (1, 2, 3), "must be one number or two (height, width), not (1, 2, 3)"),
        ("size", ("same", 1), "must be one number or two (height, width), not ('same', 1)"),
        ("size", True, "must be a whole number from 1 to 9 or 'same', not True"),
        ("groups", None, "must be a whole number from 1 to 64, not None"),
        ("groups", 2.0, "must be a whole number from 1 to 64, not 2.0"),
        ("rate", float("nan"), "must be a number from 0 to 1, not nan"),
        ("rate", False, "must be a number from 0 to 1, not False"),
        ("shape", (), "must be 1 to 3 whole numbers from 1 to 9, not ()"),
        ("shape", (True,), "must be 1 to 3 whole numbers from 1 to 9, not (True,)"),
        ("weights", (), "must be 1 to 3 numbers, each from 0 to 9, not 0"),
        ("weights", (1, 2, 3, 4), "must be 1 to 3 numbers, each from 0 to 9, not 4"),
        ("weights", (1, True), "holds a number that must be a number from 0 to 9, not True"),
        ("weights", (float("nan"),), "holds a number that must be a number from 0 to 9, not nan"),
        ("weights", "1", "must be 1 to 3 numbers, each from 0 to 9, not '1'"),
        ("mode", "reflect", "must be one of 'zeros', 'circular', not 'reflect'"),
        ("bias", 1, "must be true or false, not 1"),
        ("width", 3, "is not one of its parameters"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_a_sentence(
    name: str, value: Value, message: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        Kernel().changed(**{name: value})
    assert str(caught.value) == f"Kernel: {name} {message}."
    assert (caught.value.owner, caught.value.parameter) == ("Kernel", name)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Integer(low=1, high=1, words=("channels",)), "1 or 'channels'"),
        (Integer(low=1, high=65536), "a whole number from 1 to 65,536"),
        (Real(), "a finite number"),
        (Real(low=0), "a number of at least 0"),
        (Real(high=2), "a number of at most 2"),
        (Reals(longest=2), "1 to 2 numbers"),
        (Reals(longest=2, low=0), "1 to 2 numbers, each of at least 0"),
    ],
)
def test_a_range_reads_as_words(spec: Integer | Real | Reals, words: str) -> None:
    assert spec.allowed() == words


def test_a_declaration_is_a_value() -> None:
    kernel = Kernel(size=(3, 3))
    assert kernel == Kernel() and hash(kernel) == hash(Kernel())
    assert kernel.values["size"] == Kernel.default("size") == 3
    assert list(specs(Kernel)) == [
        "size",
        "groups",
        "rate",
        "shape",
        "weights",
        "mode",
        "bias",
        "stride",
    ]
    with pytest.raises(FrozenInstanceError):
        kernel.size = 4  # type: ignore[misc]
    with pytest.raises(ParameterError):
        replace(kernel, rate=2)


def test_a_field_without_a_rule_holds_nothing() -> None:
    with pytest.raises(ValueError, match="no rule"):
        Field().check(1)
