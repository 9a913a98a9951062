"""Names in generated source: classes and local variables that are free, and plain ASCII."""

from __future__ import annotations

import builtins
import re
import unicodedata
from collections.abc import Iterable
from keyword import iskeyword

from engine.network.names import name_problem

IMPORTED = ("torch", "nn", "F", "math", "OrderedDict", "Tensor")
"""What a generated file may import, and nothing in it may be called."""

LONGEST = 60

_BUILTINS = frozenset(dir(builtins)) - {"input"}
"""Names that are left to Python; `input` is what PyTorch itself calls what comes in."""


class CodegenError(ValueError):
    """Why a network cannot be written as source, in one sentence; `node` is to blame (empty: none)."""

    def __init__(self, sentence: str, node: str = "") -> None:
        super().__init__(sentence)
        self.node = node


class Names:
    """The names of one scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*IMPORTED, "self", *taken}

    def copy(self) -> Names:
        """The same names, to go on from separately."""
        return Names(self._taken)

    def variable(self, wish: str) -> str:
        """`wish`, or `wish_` where it is taken or Python's own."""
        while wish in self._taken or wish in _BUILTINS or iskeyword(wish):
            wish += "_"
        self._taken.add(wish)
        return wish

    def type(self, wish: str) -> str:
        """`wish`, or `wish2` and so on where it is taken."""
        name, number = wish, 2
        while name in self._taken or name in _BUILTINS or iskeyword(name):
            name, number = f"{wish}{number}", number + 1
        self._taken.add(name)
        return name


def class_name(text: str, default: str = "Network") -> str:
    """Free text made the name of a class, as far as it can be: `LeNet-5` gives `LeNet5`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    name = "".join(word[0].upper() + word[1:] for word in words)[:LONGEST]
    if not name:
        return default
    return f"{default}{name}" if name[0].isdigit() else name


def checked(name: str) -> str:
    """A node's name, which the document has checked before; raises `CodegenError` where it has not."""
    problem = name_problem(name)
    if problem:
        raise CodegenError(f"The node name {ascii(name)[:80]} {problem}; rename the node.")
    return name
