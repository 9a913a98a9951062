from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.network.expressions import ExpressionError, constant, evaluate, names

NAMES = {"width": 64, "stride": 2, "mode": "same", "half": 0.5, "wide": True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("width * 4", 256),
        ("-width // 3 + 1", -21),
        ("width / 4", 16.0),
        ("width % 5", 4),
        ("min(width, 3) + max(1, 2, stride)", 5),
        ("stride != 1 or width == 64", True),
        ("not wide and half < 1", False),
        ("1 < stride < 3", True),
        ("mode == 'same'", True),
        ("'valid'", "valid"),
        ("None", None),
        ("mode", "same"),
        ("1 == True", False),
    ],
)
def test_arithmetic_gives_its_value(text, value):
    result = evaluate(text, NAMES)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "width *",
        "__import__('os')",
        "width.__class__",
        "(1).__class__",
        "[1]",
        "lambda: 1",
        "width if wide else 1",
        "2 ** 99",
        "1 << 9",
        "'a' * 9",
        "'a' + 'b'",
        "wide + 1",
        "width and wide",
        "min(1)",
        "min(*width)",
        "print(1, 2)",
        "f'{width}'",
        "unknown",
        "1 / 0",
        "1 % 0",
        "1e999",
        "9999999 * 9999999",
        "1j",
        "b'a'",
        "...",
        "width := 3",
        "'\\x41'",
        "ｗidth",
        "x" * 201,
        "(" * 99,
        "-" * 199 + "x",
        "width\n",
    ],
)
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(ExpressionError, match=r"\.$"):
        evaluate(text, NAMES)


def test_an_unknown_name_is_named_with_those_that_are_known():
    with pytest.raises(ExpressionError, match=r"depth.*width, stride"):
        evaluate("depth + 1", NAMES)


def test_the_names_of_an_expression_are_found_without_functions():
    assert names("max(width, 2) * stride") == {"width", "stride"}


@given(st.text(max_size=60))
def test_any_text_has_a_value_or_is_refused(text):
    with suppress(ExpressionError):
        evaluate(text, NAMES)


@given(st.one_of(st.booleans(), st.none(), st.integers(-(10**9), 10**9), st.sampled_from(["same"])))
def test_a_constant_has_the_value_that_it_is_of(value):
    result = evaluate(constant(value), {})
    assert result == value
    assert type(result) is type(value)
