"""Does a call in a block's own names mean the very call with plain numbers that it stands for?"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from engine.fields import Value
from engine.network.expressions import ExpressionError, evaluate


def says_the_same(
    spoken: str, plain: str, names: Mapping[str, Value], defaults: Mapping[str, Value]
) -> bool:
    """Whether the call `spoken`, its names having these values, does what the call `plain` does.

    It may pass more by keyword than `plain`, as long as that is what `defaults` has.
    """
    if spoken == plain:
        return True
    ours, theirs = (ast.parse(text or "''", mode="eval").body for text in (spoken, plain))
    if not isinstance(ours, ast.Call) or not isinstance(theirs, ast.Call):
        return False
    if ast.dump(ours.func) != ast.dump(theirs.func) or len(ours.args) != len(theirs.args):
        return False
    try:
        for mine, other in zip(ours.args, theirs.args, strict=True):
            if not _same(_value(mine, names), _value(other, {})):
                return False
        given = {word.arg or "": _value(word.value, names) for word in ours.keywords}
        wanted = {word.arg or "": _value(word.value, {}) for word in theirs.keywords}
    except ExpressionError:
        return False
    return wanted.keys() <= given.keys() and all(
        _same(value, wanted[word] if word in wanted else defaults.get(word, ...))
        for word, value in given.items()
    )


def _value(tree: ast.expr, names: Mapping[str, Value]) -> object:
    if isinstance(tree, ast.Tuple):
        return tuple(_value(item, names) for item in tree.elts)
    return evaluate(ast.unparse(tree), names)


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
