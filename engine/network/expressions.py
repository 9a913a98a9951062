"""Arithmetic over a block's promoted parameters: `width * 4`, `stride > 1 or in_channels != width`.

Python's syntax, of which only this is allowed: whole and real numbers, True, False, None, quoted
words, names, `+ - * // / %`, comparisons, `and`, `or`, `not`, and the functions `min` and `max`.
Every step is bounded in size, and nothing of Python itself can be reached.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

from engine.fields import Value
from engine.network.errors import ExpressionError

__all__ = ["IN_CHANNELS", "ExpressionError", "constant", "evaluate", "names", "substituted"]

IN_CHANNELS = "in_channels"
"""The channels (of a vector: the features) that reach the first input of a block, in its arithmetic."""

LONGEST = 200
"""Characters of an expression, at most."""
LARGEST = 10**12
"""The greatest magnitude that a number may reach on the way."""

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: operator.mod,
}
_ORDER: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SYNTAX = (
    *(ast.Constant, ast.Name, ast.Load, ast.UnaryOp, ast.USub, ast.Not, ast.BoolOp, ast.And),
    *(ast.Or, ast.BinOp, ast.Compare, ast.Eq, ast.NotEq, *_ARITHMETIC, *_ORDER),
)
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max}


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """The value of an expression with these names; raises `ExpressionError`."""
    try:
        return _value(_parsed(text), names)
    except ExpressionError as error:
        raise ExpressionError(f"'{text[:LONGEST]}' {error}.") from None
    except ZeroDivisionError:
        raise ExpressionError(f"'{text}' divides by zero.") from None


def names(text: str) -> frozenset[str]:
    """The names that an expression needs; raises `ExpressionError` for what is no expression."""
    try:
        tree = _parsed(text)
    except ExpressionError as error:
        raise ExpressionError(f"'{text[:LONGEST]}' {error}.") from None
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
    )


def substituted(text: str, texts: Mapping[str, str]) -> str:
    """The expression with other expressions in place of some names, else as it was typed.

    Raises `ExpressionError` where it gets too long.
    """
    tree = _parsed(text)
    text = text.strip()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in texts and id(node) not in called
    ]
    result = text
    for node in sorted(found, key=lambda node: node.col_offset, reverse=True):
        new = texts[node.id]
        if node is not tree and not isinstance(_parsed(new), (ast.Name, ast.Call, ast.Constant)):
            new = f"({new.strip()})"
        result = result[: node.col_offset] + new + result[node.end_col_offset :]
    if len(result) > LONGEST:
        raise ExpressionError(f"'{text}' becomes longer than {LONGEST} characters.")
    return result


def constant(value: Value) -> str:
    """The expression that has this value; a pair of numbers has none and raises `ExpressionError`."""
    if isinstance(value, tuple):
        raise ExpressionError(f"'{value}' is a row of numbers, which no expression can hold.")
    return repr(value)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST} characters")
    if not text.isascii() or not text.isprintable() or "\\" in text:
        raise ExpressionError("holds a character that arithmetic has no use for")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError("is not arithmetic that can be read") from None
    for node in ast.walk(tree):
        plain = isinstance(node, _SYNTAX)
        if isinstance(node, ast.Call):
            called = isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS
            plain = called and not node.keywords and len(node.args) > 1
        if not plain:
            raise ExpressionError("uses something other than plain arithmetic")
    return tree


def _value(node: ast.expr, names: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value if isinstance(value, (str, bool)) or value is None else _bounded(value)
        case ast.Name(id=name):
            if name not in names:
                known = ", ".join(names) or "none"
                raise ExpressionError(f"uses {name}, which is no parameter (known: {known})")
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, names)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, names)
        case ast.BoolOp(op=op, values=values):
            if isinstance(op, ast.And):
                return all(_truth(value, names) for value in values)
            return any(_truth(value, names) for value in values)
        case ast.BinOp(left=left, op=op, right=right):
            result = _ARITHMETIC[type(op)](_number(left, names), _number(right, names))
            return _bounded(result)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            return all(
                _compared(op, a, b, names)
                for op, a, b in zip(ops, sides, comparators, strict=False)
            )
        case ast.Call(func=ast.Name(id=("min" | "max") as name), args=args, keywords=[]) if (
            len(args) > 1
        ):
            return _FUNCTIONS[name](*(_number(argument, names) for argument in args))
        case _:
            raise ExpressionError("uses something other than plain arithmetic")


def _compared(op: ast.cmpop, left: ast.expr, right: ast.expr, names: Mapping[str, Value]) -> bool:
    if isinstance(op, (ast.Eq, ast.NotEq)):
        a, b = _value(left, names), _value(right, names)
        equal = a == b and isinstance(a, bool) == isinstance(b, bool)
        return equal == isinstance(op, ast.Eq)
    return _ORDER[type(op)](_number(left, names), _number(right, names))


def _number(node: ast.expr, names: Mapping[str, Value]) -> int | float:
    value = _value(node, names)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExpressionError(f"calculates with {value!r}, which is not a number")
    return value


def _truth(node: ast.expr, names: Mapping[str, Value]) -> bool:
    value = _value(node, names)
    if not isinstance(value, bool):
        raise ExpressionError(f"asks whether {value!r} is true; compare it with something")
    return value


def _bounded(number: int | float) -> int | float:
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ExpressionError(f"goes beyond {LARGEST:,}")
    return number
