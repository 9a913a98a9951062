"""What does each node put out? Answered for every node that is drawn, whether it is a module or not."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from types import FunctionType, MethodType
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from engine.codegen.source import Place

Take: TypeAlias = Callable[[str, Tensor], None]
"""Told a node and its output the moment it is there; later lines may change it, so copy what is kept."""


class ActivationError(LookupError):
    """A node has no output to show, said in one sentence."""


class Recorder:
    """A module built from `text`, with an ear at every node of `places`, and where the same nodes are
    applied again at `further` ones.

    A node with a module is heard through a forward hook. Of the others, each line of `forward`
    that leaves a node's output in a variable gets, in a copy of that function, one call behind it that
    hands the variable out; the copies stand in for `forward` in this module alone.
    """

    def __init__(
        self,
        module: nn.Module,
        text: str,
        places: Mapping[str, Place],
        further: Iterable[tuple[str, Place]] = (),
    ) -> None:
        self.module = module
        self._children: dict[str, nn.Module] = dict(module.named_modules())  # pyright: ignore[reportUnknownArgumentType]
        self._take: Take | None = None
        self._wanted: Collection[str] = ()
        self._hooked: list[tuple[str, str]] = []
        self._spoken: dict[tuple[str, int, str], list[str]] = {}
        self._result: list[str] = []
        forwards = _forwards(text)
        for name, place in (*places.items(), *further):
            if place.module in self._children and place.module:
                self._hooked.append((name, place.module))
            else:
                self._listen(name, place, forwards)
        self._replace_forwards(forwards)
        for name, path in self._hooked:
            self._children[path].register_forward_hook(self._hook(name))

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that can be heard."""
        hooked = [name for name, _ in self._hooked]
        spoken = [name for names in self._spoken.values() for name in names]
        return tuple(dict.fromkeys([*hooked, *spoken, *self._result]))

    def run(self, images: Tensor, nodes: Collection[str], take: Take) -> Tensor:
        """Apply the module, in evaluation mode, to normalised images (n, channels, height, width).

        `take` hears each of `nodes`. Returns the result (n, ...). Weights and running statistics
        stay as they are.
        """
        training = self.module.training
        self.module.eval()
        try:
            with torch.inference_mode(), self.listening(nodes, take):
                result = _first(self.module(images))
        finally:
            self.module.train(training)
        for name in self._result:
            if name in nodes:
                take(name, result)
        return result

    @contextmanager
    def listening(self, nodes: Collection[str], take: Take) -> Generator[None]:
        """Let `take` hear `nodes` whenever the module is applied, in the order of computing.

        An Output whose value has no name in the text is not heard: it is the module's result.
        """
        self._take, self._wanted = take, nodes
        try:
            yield
        finally:
            self._take, self._wanted = None, ()

    def activations(self, images: Tensor, nodes: Collection[str]) -> dict[str, Tensor]:
        """Copies of what `nodes` put out, (n, ...) each; raises `ActivationError` for one that is not there."""
        found: dict[str, Tensor] = {}

        def keep(name: str, output: Tensor) -> None:
            found[name] = output.clone()

        self.run(images, nodes, keep)
        for name in nodes:
            if name not in found:
                raise ActivationError(
                    f"{name} puts nothing out in the network that is loaded; choose another node."
                )
        return found

    def _listen(
        self,
        name: str,
        place: Place,
        forwards: Mapping[str, ast.FunctionDef],
    ) -> None:
        """Note what to hear in the module in whose `forward` the place's line stands."""
        owner = place.owner
        function = forwards.get(type(self._children[owner]).__name__)
        if function is None or not _holds(function, place.line):
            return
        variable = place.variable or _returned(function, place.line)
        if variable:
            self._spoken.setdefault((owner, place.line, variable), []).append(name)
        elif owner == "":
            self._result.append(name)

    def _replace_forwards(self, forwards: Mapping[str, ast.FunctionDef]) -> None:
        paths = {id(child): path for path, child in self._children.items()}

        def say(module: nn.Module, line: int, variable: str, value: object) -> None:
            if self._take is None:
                return
            for name in self._spoken.get((paths[id(module)], line, variable), ()):
                if name in self._wanted:
                    self._take(name, _first(value))

        heard = {(line, variable) for _, line, variable in self._spoken}
        compiled: dict[str, FunctionType] = {}
        for path in {path for path, _, _ in self._spoken}:
            child = self._children[path]
            name = type(child).__name__
            if name not in compiled:
                compiled[name] = _compiled(forwards[name], type(child).forward, heard, say)
            setattr(child, "forward", MethodType(compiled[name], child))  # noqa: B010

    def _hook(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hear(module: nn.Module, inputs: Any, output: Any) -> None:
            if self._take is not None and name in self._wanted:
                self._take(name, _first(output))

        return hear


def _first(value: object) -> Tensor:
    """A tensor, or the first of several (max-pooling's maps, of maps and indices)."""
    while isinstance(value, (tuple, list)):
        value = cast("tuple[object, ...]", value)[0]
    assert isinstance(value, Tensor)
    return value


def _forwards(text: str) -> dict[str, ast.FunctionDef]:
    """The `forward` of every class of the text."""
    return {
        item.name: function
        for item in ast.parse(text).body
        if isinstance(item, ast.ClassDef)
        for function in item.body
        if isinstance(function, ast.FunctionDef) and function.name == "forward"
    }


def _holds(node: ast.stmt | None, line: int) -> bool:
    return node is not None and node.lineno <= line <= (node.end_lineno or node.lineno)


def _returned(function: ast.FunctionDef, line: int) -> str:
    """The variable that the line of a `return` gives back, if it is one."""
    for statement in function.body:
        if isinstance(statement, ast.Return) and _holds(statement, line):
            return statement.value.id if isinstance(statement.value, ast.Name) else ""
    return ""


def _compiled(
    function: ast.FunctionDef,
    original: Callable[..., Any],
    heard: Collection[tuple[int, str]],
    say: Callable[[nn.Module, int, str, object], None],
) -> FunctionType:
    """A copy of `function` that calls `say` behind each line of `heard`."""
    function = copy.deepcopy(function)
    function.decorator_list = []
    function.body = _with_calls(function, heard)
    namespace: dict[str, Any] = {**original.__globals__, "__say__": say}  # pyright: ignore[reportFunctionMemberAccess]
    tree = ast.fix_missing_locations(ast.Module([function], []))
    exec(compile(tree, original.__code__.co_filename, "exec", dont_inherit=True), namespace)  # pyright: ignore[reportFunctionMemberAccess]
    return namespace[function.name]


def _with_calls(function: ast.FunctionDef, heard: Collection[tuple[int, str]]) -> list[ast.stmt]:
    body: list[ast.stmt] = []
    # The head's own lines hold the arguments: what they are is known before the first statement.
    head = [
        (line, name) for line, name in heard if function.lineno <= line < function.body[0].lineno
    ]
    body += [_call(line, name) for line, name in sorted(head)]
    for statement in function.body:
        calls = [_call(line, name) for line, name in sorted(heard) if _holds(statement, line)]
        before = isinstance(statement, ast.Return)
        body += [*calls, statement] if before else [statement, *calls]
    return body


def _call(line: int, variable: str) -> ast.stmt:
    arguments: list[ast.expr] = [
        ast.Name("self", ast.Load()),
        ast.Constant(line),
        ast.Constant(variable),
        ast.Name(variable, ast.Load()),
    ]
    return ast.Expr(ast.Call(ast.Name("__say__", ast.Load()), arguments, []))
