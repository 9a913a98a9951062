"""What generated source may contain: an allow-list over its syntax tree, checked before it is run.

A layer's own helper class is let through where it stands there to the letter, all else is looked at.
Names are checked where the document is edited and again where the text is written. This is the
third line: whatever reaches the text, nothing but the making and calling of modules can be run.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import linecache
import re
from functools import cache
from types import CodeType

from engine.layers import catalogue

LARGEST_TEXT = 16 * 2**20
"""Characters of a text, at most."""

IMPORTS = frozenset(
    {
        "import math",
        "import torch",
        "import torch.nn.functional as F",
        "from torch import nn",
        "from collections import OrderedDict",
    }
)

TORCH = frozenset(
    re.findall(
        r"\w+",
        """
    Tensor abs add amax amin arange cat channels_last chunk clamp concat div einsum empty exp flatten
    full log logsumexp matmul max maximum mean min minimum mul multiply neg ones permute pow prod
    relu reshape sigmoid softmax split sqrt square squeeze stack sub sum tanh transpose unflatten
    unsqueeze where zeros
        """,
    )
)
"""What may follow `torch.`: functions of tensors that neither read nor write anything else."""

ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        """
    abs add amax amin bias chunk clamp contiguous device div dtype exp expand expand_as flatten log
    matmul max mean min mul neg parameters permute pow prod reshape shape sigmoid size softmax split
    sqrt square squeeze sub sum tanh to transpose unflatten unsqueeze view weight
        """,
    )
)
"""What may be asked of a value."""

CALLABLE = frozenset({"OrderedDict", "enumerate", "float", "int", "len", "max", "min", "range"}) | {
    "sum",
    "super",
    "tuple",
    "zip",
}
"""What may be called by its bare name, besides the classes of the file."""

_BUILTINS = frozenset(dir(builtins)) - CALLABLE - {"bool", "str", "input"}

_ROOTS = frozenset({"torch", "nn", "F", "math", "OrderedDict", "self"})
"""Names that must go on meaning what the rules below take them for."""

_STATEMENTS = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr, ast.If, ast.For)
_EXPRESSIONS = (
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.Constant,
    ast.GeneratorExp,
    ast.IfExp,
    ast.List,
    ast.ListComp,
    ast.Name,
    ast.Slice,
    ast.Starred,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
)
_PIECES = (
    ast.comprehension,
    ast.keyword,
    ast.expr_context,
    ast.operator,
    ast.boolop,
    ast.cmpop,
    ast.unaryop,
)


class GuardError(ValueError):
    """Text that is not of the kind that this program writes; `line` is where, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"The source is refused at line {line}: {message}.")
        self.line = line


def check(text: str) -> None:
    """Raise `GuardError` unless `text` only defines modules out of torch's and a `build` function."""
    _parsed(text)


def register(text: str, name: str = "network") -> str:
    """Make `text` known to tracebacks; returns the file name under which it is to be compiled."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    filename = f"<convoscope {name} {digest}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return filename


def compile_source(text: str, name: str = "network") -> CodeType:
    """Checked, registered and compiled code, to be run in a namespace of its own; raises `GuardError`."""
    tree = _parsed(text)
    return compile(tree, register(text, name), "exec", dont_inherit=True)


def _parsed(text: str) -> ast.Module:
    if len(text) > LARGEST_TEXT:
        raise GuardError(1, f"it has {len(text):,} characters, more than {LARGEST_TEXT:,}")
    # Python counts a line at other characters too, and the rules below count on lines.
    if not text.isascii() or not text.replace("\n", "").isprintable():
        raise GuardError(1, "it holds characters that are not plain ASCII text")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else 1
        raise GuardError(line or 1, "it is not Python") from None
    classes = {item.name for item in tree.body if isinstance(item, ast.ClassDef)}
    guard = _Guard(classes)
    lines = text.split("\n")
    for item in tree.body:
        # A helper class that a layer brings along is this program's own code, to the letter.
        own = "\n".join(lines[item.lineno - 1 : item.end_lineno]) in _definitions()
        if not (own and isinstance(item, ast.ClassDef) and not item.decorator_list):
            guard.top(item)
    return tree


@cache
def _definitions() -> frozenset[str]:
    return frozenset(kind.definition.strip("\n") for kind in catalogue.kinds().values())


class _Guard:
    def __init__(self, classes: set[str]) -> None:
        self._callable = CALLABLE | classes

    def top(self, item: ast.stmt) -> None:
        """A statement of the file itself."""
        match item:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Import() | ast.ImportFrom():
                if ast.unparse(item) not in IMPORTS:
                    self._refuse(item, f"it must not say '{ast.unparse(item)}'")
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name not in ("MEAN", "STD", "CLASSES"):
                    self._refuse(item, f"it must not set {name}")
                self._constant(value)
            case ast.ClassDef():
                self._class(item)
            case ast.FunctionDef(name="build", args=ast.arguments(args=[], kwonlyargs=[])):
                self._function(item)
            case _:
                self._refuse(item, "only imports, constants, classes and build() may stand here")

    def _constant(self, value: ast.expr) -> None:
        match value:
            case ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                pass
            case ast.Tuple(elts=items):
                for item in items:
                    self._constant(item)
            case _:
                self._refuse(value, "only plain constants may stand here")

    def _class(self, item: ast.ClassDef) -> None:
        bases = [ast.unparse(base) for base in item.bases]
        if item.keywords or item.decorator_list or bases not in (["nn.Module"], ["nn.Sequential"]):
            self._refuse(item, f"{item.name} must be a plain nn.Module or nn.Sequential")
        self._name(item, item.name)
        if item.name in _ROOTS or item.name in CALLABLE:
            self._refuse(item, f"it must not give {item.name} another meaning")
        for inner in item.body:
            match inner:
                case ast.Expr(value=ast.Constant(value=str())):
                    pass
                case ast.FunctionDef():
                    self._function(inner, ("self",))
                case _:
                    self._refuse(inner, "a class may hold methods only")

    def _function(self, item: ast.FunctionDef, first: tuple[str, ...] = ()) -> None:
        """A function whose parameters begin with `first`, which takes no default."""
        given = item.args
        names = [argument.arg for argument in given.args]
        if item.decorator_list or given.vararg or given.kwarg or given.posonlyargs:
            self._refuse(item, f"{item.name} must be a plain function")
        if tuple(names[: len(first)]) != first or len(given.defaults) > len(names) - len(first):
            self._refuse(item, f"{item.name} must begin with {', '.join(first)}")
        if item.name != "__init__":
            self._name(item, item.name)
        for argument in (*given.args[len(first) :], *given.kwonlyargs):
            self._new_name(argument, argument.arg)
        called: set[int] = set()
        parts = [item.returns, *given.defaults, *given.kw_defaults, *item.body]
        parts += [argument.annotation for argument in given.args]
        for part in parts:
            for node in ast.walk(part) if part is not None else ():
                if isinstance(node, ast.Call):
                    called.add(id(node.func))
                self._node(node, called)

    def _node(self, node: ast.AST, called: set[int]) -> None:
        """One node of a function, whose children are looked at for themselves."""
        if not isinstance(node, _STATEMENTS + _EXPRESSIONS + _PIECES):
            self._refuse(node, f"it must not use {type(node).__name__}")
        match node:
            case ast.Name(ctx=ast.Load()):
                self._name(node, node.id)
            case ast.Name():
                self._new_name(node, node.id)
            case ast.Attribute():
                self._attribute(node, id(node) in called)
            case ast.Call(func=ast.Name(id=name)) if name not in self._callable:
                self._refuse(node, f"it must not call {name}")
            case ast.Call(func=function) if not isinstance(function, (ast.Name, ast.Attribute)):
                self._refuse(node, "it may call nothing but names")
            case _:
                pass

    def _attribute(self, node: ast.Attribute, called: bool) -> None:
        name = node.attr
        match node.value:
            case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]):
                allowed = name == "__init__"
            case ast.Name(id="torch"):
                allowed = name in TORCH
            case ast.Name(id="nn"):
                allowed = name[0].isupper() or name in ("init", "functional")
            case ast.Attribute(value=ast.Name(id="nn"), attr="init"):
                allowed = name.endswith("_") and not name.startswith("_")
            case (
                ast.Name(id="F" | "math")
                | ast.Attribute(value=ast.Name(id="nn"), attr="functional")
            ):
                # Their modules hold other modules, which must not be had as values.
                allowed = called and name[0].isalpha()
            case ast.Name(id="self"):
                allowed = name[0].isalpha()
            case _:
                allowed = name in ATTRIBUTES
        if not allowed:
            self._refuse(node, f"it must not use {ast.unparse(node)[:80]}")

    def _name(self, node: ast.AST, name: str) -> None:
        if (name.startswith("_") and name != "_") or not name.isascii() or name in _BUILTINS:
            self._refuse(node, f"it must not use the name {name[:80]!a}")

    def _new_name(self, node: ast.AST, name: str) -> None:
        self._name(node, name)
        if name in _ROOTS or name in self._callable:
            self._refuse(node, f"it must not give {name} another meaning")

    def _refuse(self, node: ast.AST, message: str) -> None:
        raise GuardError(getattr(node, "lineno", 1), message)
