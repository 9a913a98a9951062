"""Classes as statements: constructor and `forward` of a network's body, and where each node is in them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.codegen.layout import Statement, names_in
from engine.codegen.naming import Names
from engine.codegen.symbols import Named, plain_shape
from engine.codegen.trace import Body, Port, Step
from engine.layers.base import Shape
from engine.layers.shape.flatten import Flatten
from engine.network.network import Instance

SEQUENTIAL_METHODS = frozenset({"append", "extend", "insert", "pop"})
"""What `nn.Sequential` calls something of its own, beyond what every module does."""

TENSOR = "torch.Tensor"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node's output is in `forward`: the local, and the number of the statement that sets it."""

    variable: str
    statement: int


@dataclass
class ClassText:
    """A class before it is cut into lines.

    `signature` are the constructor's parameters as they read there. `paths` maps a node to its
    module's path in the class, `spots` to its local in `forward`; statement -1 is the `def` itself.
    """

    base: str
    signature: tuple[str, ...]
    constructor: list[Statement]
    inputs: tuple[str, ...]
    result: str
    forward: list[Statement]
    paths: Mapping[str, str]
    spots: Mapping[str, Spot]
    name: str = ""
    summary: str = ""

    def same_code(self) -> tuple[object, ...]:
        """What two classes share that could be one, whatever the comments say."""
        return (
            self.base,
            self.signature,
            tuple(replace(item, comment="") for item in self.constructor),
            self.inputs,
            self.result,
            tuple(replace(item, comment="") for item in self.forward),
        )

    def shared_with(self, other: ClassText) -> None:
        """Keep the comments that are true for both."""
        for mine, others in (
            (self.constructor, other.constructor),
            (self.forward, other.forward),
        ):
            for number, (item, its) in enumerate(zip(mine, others, strict=True)):
                if item.comment != its.comment:
                    mine[number] = replace(item, comment="")
        if self.summary != other.summary:
            self.summary = ""


def size(shape: Shape) -> str:
    """A shape for a comment, in plain ASCII: `6 x 28 x 28`."""
    return " x ".join(str(number) for number in shape)


def told(shape: Shape, known: Container[str]) -> str:
    """A shape for a comment; its channels in the names of the class, where it has these names."""
    first = shape[0]
    if (
        isinstance(first, Named)
        and len(first.text) <= 60
        and all(name in known for name in names_in(first.text))
    ):
        return f"{first.text} {'maps' if len(shape) == 3 else 'features'}"
    return size(plain_shape(shape))


def is_chain(body: Body) -> bool:
    """Whether a body is one unbranched run of modules."""
    if len(body.inputs) != 1 or len(body.outputs) != 1 or not body.steps:
        return False
    last: Port = (body.inputs[0], 0)
    for step in body.steps:
        if step.inputs != (last,) or step.when or not step.plain:
            return False
        last = (step.node, 0)
    return tuple(body.outputs.values()) == (last,)


def chain(
    body: Body, signature: tuple[str, ...], known: Container[str], named: bool = False
) -> ClassText:
    """A class that is itself an `nn.Sequential`, its children numbered from 0 or `named` as the nodes."""
    items = [
        Statement(
            4 if named else 3,
            f"{step.node}=" if named else "",
            step.made.text,
            ",",
            told(step.made.outputs[0], known),
            step.node,
        )
        for step in body.steps
    ]
    if named:
        items = [Statement(3, "OrderedDict("), *items, Statement(3, ")")]
    return ClassText(
        base="nn.Sequential",
        signature=signature,
        constructor=[Statement(2, "super().__init__("), *items, Statement(2, ")")],
        inputs=body.inputs,
        result=TENSOR,
        forward=[],
        paths={
            step.node: step.node if named else str(number) for number, step in enumerate(body.steps)
        },
        spots={step.node: Spot("", -1) for step in body.steps},
    )


def named_chains(body: Body) -> ClassText:
    """`features`, and from the first Flatten on `classifier`: two `nn.Sequential` of named children."""
    flat = (number for number, step in enumerate(body.steps) if isinstance(step.content, Flatten))
    cut = next(flat, len(body.steps))
    parts = {"features": body.steps[:cut], "classifier": body.steps[cut:]}
    parts = {name: steps for name, steps in parts.items() if steps}
    constructor = [Statement(2, "super().__init__()")]
    forward: list[Statement] = []
    paths: dict[str, str] = {}
    spots = {body.inputs[0]: Spot("x", -1)}
    before: Port = (body.inputs[0], 0)
    for number, (name, steps) in enumerate(parts.items()):
        constructor.append(Statement(2, f"self.{name} = nn.Sequential("))
        constructor.append(Statement(3, "OrderedDict("))
        for step in steps:
            head = f"{step.node}="
            comment = size(step.outputs[0])
            constructor.append(Statement(4, head, step.made.text, ",", comment, step.node))
            paths[step.node] = f"{name}.{step.node}"
            spots[step.node] = Spot("", number)
        constructor.append(Statement(3, ")"))
        constructor.append(Statement(2, ")"))
        after = (steps[-1].node, 0)
        comment = f"{size(body.shapes[before])} -> {size(body.shapes[after])}"
        last = number == len(parts) - 1
        node = next(iter(body.outputs)) if last else ""
        head = "return " if last else "x = "
        forward.append(Statement(2, head, f"self.{name}(x)", "", comment, node))
        before = after
    (output,) = body.outputs
    spots[output] = Spot("", len(parts) - 1)
    return ClassText(
        base="nn.Module",
        signature=(),
        constructor=constructor,
        inputs=("x",),
        result=TENSOR,
        forward=forward,
        paths=paths,
        spots=spots,
    )


def attributes(
    body: Body, signature: tuple[str, ...] = (), known: Container[str] = ()
) -> ClassText:
    """One attribute per module, and a `forward` that calls them one by one."""
    constructor = [Statement(2, "super().__init__()")]
    for step in body.made:
        constructor.extend(_assigned(step))
    forward = _Forward(body, known)
    return ClassText(
        base="nn.Module",
        signature=signature,
        constructor=constructor,
        inputs=forward.parameters,
        result=_result(len(body.outputs)),
        forward=forward.statements,
        paths={step.node: step.node for step in body.steps if step.made.text},
        spots=forward.spots,
    )


def _assigned(step: Step) -> Iterable[Statement]:
    if not step.made.text:
        return
    if not step.when:
        yield Statement(2, f"self.{step.node} = ", step.made.text, "", "", step.node)
        return
    yield Statement(2, f"self.{step.node}: nn.Module = ", "nn.Identity()", "", "", step.node)
    yield Statement(2, "if ", step.when, ":", "", step.node)
    yield Statement(3, f"self.{step.node} = ", step.made.text, "", "", step.node)


def _result(count: int) -> str:
    if count == 1:
        return TENSOR
    return f"tuple[{TENSOR}, {TENSOR}]" if count == 2 else f"tuple[{TENSOR}, ...]"


class _Forward:
    """The statements of `forward`.

    A value that only the very next statement needs is `x`; one that is needed later, or more than
    once, or returned beside others, has the name of the node that made it. So `x` is always what
    the line above has made.
    """

    def __init__(self, body: Body, known: Container[str]) -> None:
        self.statements: list[Statement] = []
        self.spots: dict[str, Spot] = {}
        self._names = Names({"x"})
        self._variables: dict[Port, str] = {}
        self._body = body
        self._known = known
        self._uses = _uses(body)
        self._several = sum(len(step.outputs) > 1 for step in body.steps)
        self.parameters = tuple(self._parameter(name) for name in body.inputs)
        for number, step in enumerate(body.steps):
            self._apply(number, step)
        self._return()

    def _parameter(self, name: str) -> str:
        alone = len(self._body.inputs) == 1 and self._uses.get((name, 0)) in (None, {0})
        variable = "x" if alone else self._names.variable(name)
        self._variables[name, 0] = variable
        self.spots[name] = Spot(variable, -1)
        return variable

    def _apply(self, number: int, step: Step) -> None:
        expression = step.call([self._variables[port] for port in step.inputs])
        targets = [self._target(number, step, output) for output in range(len(step.outputs))]
        head = f"{', '.join(targets)} = "
        comment = told(step.made.outputs[0], self._known)
        self.spots[step.node] = Spot(targets[0], number)
        self.statements.append(Statement(2, head, expression, "", comment, step.node))

    def _target(self, number: int, step: Step, output: int) -> str:
        port = (step.node, output)
        uses = self._uses.get(port)
        if not uses:
            return "_"
        if output == 0:
            beside = number + 1 == len(self._body.steps) and len(self._body.outputs) > 1
            next_only = uses == {number + 1} and not beside
            variable = "x" if next_only else self._names.variable(step.node)
        else:
            word = _port_name(step, output)
            alone = self._several == 1 and len(step.outputs) == 2
            variable = self._names.variable(word if alone else f"{step.node}_{word}")
        self._variables[port] = variable
        return variable

    def _return(self) -> None:
        values = [self._variables[port] for port in self._body.outputs.values()]
        for name, port in self._body.outputs.items():
            self.spots[name] = Spot(self._variables[port], self.spots[port[0]].statement)
        first = next(iter(self._body.outputs))
        self.statements.append(Statement(2, "return ", ", ".join(values), "", "", first))


def _port_name(step: Step, output: int) -> str:
    if isinstance(step.content, Instance):
        return step.made.ports[output]
    return step.content.output_ports()[output]


def _uses(body: Body) -> Mapping[Port, set[int]]:
    """The numbers of the statements that read each value; the `return` comes after the last step."""
    found: dict[Port, set[int]] = {}
    for number, step in enumerate(body.steps):
        for port in step.inputs:
            found.setdefault(port, set()).add(number)
    for port in body.outputs.values():
        found.setdefault(port, set()).add(len(body.steps))
    return found


def fits_sequential(names: Sequence[str]) -> bool:
    """Whether nodes of these names can be children of an `nn.Sequential`."""
    return not SEQUENTIAL_METHODS.intersection(names)
