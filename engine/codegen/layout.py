"""Lines of Python as ruff format leaves them: what fits stays on one line, what does not is broken."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

WIDTH = 100
"""The longest line, in characters."""

ATOM, PRODUCT, SUM, OTHER = 3, 2, 1, 0
"""How tightly an expression binds its parts."""

STEP = 4
"""Spaces per level."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, or one item of a bracketed list, before it is cut into lines.

    It reads `head` `expression` `tail`, `level` levels deep, and belongs to `node` (empty: to none).
    The comment stands behind it where it fits and above it where it does not.
    """

    level: int
    head: str
    expression: str = ""
    tail: str = ""
    comment: str = ""
    node: str = ""

    def lines(self) -> list[str]:
        """The text, cut so that no line is longer than `WIDTH` where Python allows."""
        indent = " " * (STEP * self.level)
        line = f"{indent}{self.head}{self.expression}{self.tail}"
        if len(line) <= WIDTH and "'" not in self.expression:
            if not self.comment:
                return [line]
            commented = f"{line}  # {self.comment}"
            return [commented] if len(commented) <= WIDTH else [f"{indent}# {self.comment}", line]
        if not self.expression:
            return [line]
        above = [f"{indent}# {self.comment}"] if self.comment else []
        broken = list(_broken(indent, self.head, _parsed(self.expression), self.tail))
        if len(broken) == 1 and self.comment:
            (line,) = broken
            if len(line) + len(self.comment) + 4 <= WIDTH:
                return [f"{line}  # {self.comment}"]
        return above + broken


def literal(value: object) -> str:
    """A constant as ruff writes it, in plain ASCII, so that no letter can pass for another."""
    if isinstance(value, str):
        body = value.encode("unicode_escape").decode("ascii")
        quote = "'" if body.count('"') > body.count("'") else '"'
        return quote + body.replace(quote, f"\\{quote}") + quote
    if isinstance(value, tuple):
        items = [literal(item) for item in cast("tuple[object, ...]", value)]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return repr(value)


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _broken(indent: str, head: str, tree: ast.expr, tail: str) -> Iterator[str]:
    """`head` expression `tail` on one line where it fits, else over several."""
    line = f"{indent}{head}{one_line(tree)}{tail}"
    if len(line) <= WIDTH:
        yield line
        return
    deeper = indent + " " * STEP
    match tree:
        case ast.Call(func=function, args=arguments, keywords=keywords) if arguments or keywords:
            yield f"{indent}{head}{one_line(function)}("
            for argument in arguments:
                yield from _broken(deeper, "", argument, ",")
            for keyword in keywords:
                yield from _broken(deeper, f"{keyword.arg}=", keyword.value, ",")
            yield f"{indent}){tail}"
        case ast.Tuple(elts=items) | ast.List(elts=items) if items:
            left, right = "()" if isinstance(tree, ast.Tuple) else "[]"
            yield f"{indent}{head}{left}"
            for item in items:
                yield from _broken(deeper, "", item, ",")
            yield f"{indent}{right}{tail}"
        case ast.BinOp() | ast.BoolOp():
            yield from _broken_sum(indent, head, _operands(tree, WIDTH - len(indent) - STEP), tail)
        case _:
            yield line


def _broken_sum(indent: str, head: str, operands: list[str], tail: str) -> Iterator[str]:
    """Operands one below the other, each line beginning with its operator."""
    bare = not head and tail == ","  # an item of a list needs no brackets of its own
    deeper = indent if bare else indent + " " * STEP
    if not bare:
        yield f"{indent}{head}("
    for number, operand in enumerate(operands):
        yield f"{deeper}{operand}{tail if bare and number == len(operands) - 1 else ''}"
    if not bare:
        yield f"{indent}){tail}"


def _operands(tree: ast.BinOp | ast.BoolOp, room: int) -> list[str]:
    """The operands of a sum, product or condition, each with the operator before it.

    An `and` within an `or` that is longer than `room` is taken apart too.
    """
    if isinstance(tree, ast.BoolOp):
        sign = "and" if isinstance(tree.op, ast.And) else "or"
        conditions: list[str] = []
        for value in tree.values:
            both = isinstance(value, ast.BoolOp)
            texts = [f"({one_line(value)})" if both and sign == "and" else one_line(value)]
            if isinstance(value, ast.BoolOp) and sign == "or" and len(texts[0]) > room - 3:
                texts = _operands(value, room)
            conditions += [f"{sign} {texts[0]}" if conditions else texts[0], *texts[1:]]
        return conditions
    found: list[str] = []
    left: ast.expr = tree
    while isinstance(left, ast.BinOp) and type(left.op) is type(tree.op):
        text = one_line(left.right)
        multiplied = isinstance(left.right, ast.BinOp) and isinstance(left.right.op, ast.Mult)
        if isinstance(left.right, ast.BinOp) and not (
            multiplied and isinstance(tree.op, (ast.Add, ast.Sub))
        ):
            text = f"({text})"
        found.append(f"{_SIGNS[type(tree.op)]} {text}")
        left = left.left
    first = one_line(left)
    loose = isinstance(left, ast.BinOp) and isinstance(tree.op, ast.Mult)
    return [f"({first})" if loose else first, *reversed(found)]


_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Div: "/",
    ast.Mod: "%",
}


def one_line(tree: ast.expr) -> str:
    """An expression on one line, its words in double quotes. `tree` is used up."""
    return ast.unparse(_Literals().visit(tree))


@lru_cache(maxsize=1024)
def normal(expression: str) -> str:
    """An expression that people typed, with the spaces and brackets that it needs and no more."""
    return one_line(ast.parse(expression, mode="eval").body)


def binding(expression: str) -> int:
    """How tightly an expression binds: as an atom, a product or a sum."""
    match _parsed(expression):
        case ast.Name() | ast.Constant() | ast.Call():
            return ATOM
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return SUM
        case ast.BinOp():
            return PRODUCT
        case _:
            return OTHER


def names_in(*expressions: str) -> set[str]:
    """The variables that expressions read; min and max are none."""
    nodes = (node for text in expressions if text for node in ast.walk(_parsed(text)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} - {"min", "max"}


def substituted(expression: str, texts: Mapping[str, str]) -> str:
    """An expression with other expressions in place of some names."""

    class Names(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            text = texts.get(node.id)
            return node if text is None else ast.parse(text, mode="eval").body

    return one_line(Names().visit(ast.parse(expression, mode="eval").body))


class _Literals(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name(literal(node.value)) if isinstance(node.value, str) else node
