"""A network followed from its inputs to its outputs: one step per node, with the code that makes it.

The outermost network is followed with plain numbers. Inside a block promoted parameters and the
channels that come in are `Named`, so the code reads in the block's own terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeAlias

from engine.codegen.layout import binding, normal, substituted
from engine.codegen.naming import CodegenError, checked
from engine.codegen.speech import says_the_same
from engine.codegen.symbols import Named, named, opaque, opaque_shape, plain_shape, with_values
from engine.fields import Value
from engine.layers.base import Indices, Layer, Shape, ShapeError, Tensor
from engine.network.blocks import BlockError
from engine.network.expressions import IN_CHANNELS, names
from engine.network.network import Instance, Network, Node
from engine.network.order import order, sources
from engine.network.ports import inputs, variadic

Port: TypeAlias = tuple[str, int]
"""A node's name and the number of one of its outputs."""


@dataclass(frozen=True, slots=True)
class Part:
    """A node inside a block: its class (by identity), its name there, its module path from here, and
    that of the module whose `forward` it stands in.
    """

    holder: object
    node: str
    module: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What makes a module: the expression, its outputs, its tensors by name, its multiply-accumulates
    for one sample, what is inside, and by its name again in `further` applications, the paths of the
    modules inside that are frozen, and the names of a block's outputs.
    """

    text: str
    outputs: tuple[Shape, ...]
    tensors: Mapping[str, Tensor]
    macs: int
    parts: Mapping[str, Part] = field(default_factory=dict[str, Part])
    frozen: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    further: tuple[tuple[str, Part], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One node at work. `inputs` are the ports that feed it, `shapes` and `outputs` plain shapes;
    `made.outputs` are the latter in the names of the class.

    `made.text` is empty for what is a mere function. `when` is the condition, in the names of the
    class, under which the module is there; else an `nn.Identity` stands in its place.
    """

    node: str
    content: Layer | Instance
    inputs: tuple[Port, ...]
    shapes: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    made: Made
    when: str = ""
    present: bool = True

    def call(self, variables: Sequence[str]) -> str:
        """The expression that applies it."""
        module = f"self.{self.node}" if self.made.text else ""
        if isinstance(self.content, Instance):
            return f"{module}({', '.join(variables)})"
        return self.content.call(module, variables, self.shapes)

    @property
    def plain(self) -> bool:
        """Whether it is a module called with one value that gives one value."""
        return bool(
            self.made.text
            and len(self.inputs) == 1
            and len(self.outputs) == 1
            and self.call(["x"]) == f"self.{self.node}(x)"
        )


@dataclass(frozen=True, slots=True)
class Body:
    """A network ready to be written: its ports by name, and its steps in the order in which they run.

    `made` are the same steps in the order in which the constructor makes them, and so that of the
    tensors: what was drawn first comes first, where the flow allows. `outputs` maps an Output's name
    to what feeds it. `shapes` holds plain shapes, `named` those of the outputs in the names of the
    class.
    """

    inputs: tuple[str, ...]
    outputs: Mapping[str, Port]
    steps: tuple[Step, ...]
    made: tuple[Step, ...]
    shapes: Mapping[Port, Shape]
    named: tuple[Shape, ...]


Make: TypeAlias = "Callable[[Instance, Instance, Sequence[Shape], Scope], Made]"
"""Makes an instance: as written, with its arguments done, its input shapes, and where it stands."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A network as it is written, and with the arithmetic done for certain values of its parameters.

    `concrete` holds the nodes and links to follow; of these the `absent` ones, whose condition is
    false, are only there to be written. `values` are the promoted parameters that may be named, and
    `channels` the names and numbers of the channels that come in; `arriving` is what the class calls
    those of the first input, which expressions call `in_channels`.
    """

    written: Network
    concrete: Network
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    absent: frozenset[str] = frozenset()
    conditional: bool = False
    channels: Mapping[str, int] = field(default_factory=dict[str, int])
    arriving: str = ""

    def says(self, expression: str) -> str:
        """How the class says an expression: in its own names, or empty where it has none for it."""
        used = names(expression)
        if IN_CHANNELS in used and self.arriving:
            expression = substituted(expression, {IN_CHANNELS: self.arriving})
            used = used - {IN_CHANNELS} | {self.arriving}
        known = self.values.keys() | self.channels.keys()
        return normal(expression) if used and used <= known else ""


class NotSwitchableError(Exception):
    """A node with a condition that cannot be exchanged for an `nn.Identity`."""


def follow(scope: Scope, given: Mapping[str, Shape], make: Make) -> Body:
    """The steps of a network whose Input nodes have the shapes `given`.

    Raises `CodegenError` for a broken network, and `NotSwitchableError` where the scope is conditional
    and a node with a condition is none that could be left out.
    """
    network = scope.concrete
    feeds = sources(network)
    live = _live(network)
    shapes: dict[Port, Shape] = {}
    steps: dict[str, Step] = {}
    outputs: dict[str, Port] = {}
    for name in order(network):
        node = network.nodes[name]
        if node.kind == "Input":
            shapes[checked(name), 0] = given[name]
            continue
        if name not in live:
            continue
        ports = tuple((link.source, link.output) for link in feeds.get(name, ()))
        if not _fed(scope, node, ports) or any(port not in shapes for port in ports):
            raise CodegenError(f"{checked(name)} has an input that nothing feeds; link it.", name)
        if node.kind == "Output":
            outputs[checked(name)] = ports[0]
            continue
        step, results = _step(checked(name), scope, ports, [shapes[port] for port in ports], make)
        steps[name] = step
        shapes.update({(name, number): shape for number, shape in enumerate(results)})
    drawn = {name: outputs[name] for name in network.nodes if name in outputs}
    if not drawn:
        raise CodegenError("The network has no Output; add one behind its last layer.")
    return Body(
        tuple(name for name in network.nodes if (name, 0) in shapes and name not in steps),
        drawn,
        _scheduled(steps),
        tuple(steps.values()),
        {port: plain_shape(shape) for port, shape in shapes.items()},
        tuple(shapes[port] for port in drawn.values()),
    )


def _step(
    name: str, scope: Scope, ports: tuple[Port, ...], shapes: Sequence[Shape], make: Make
) -> tuple[Step, tuple[Shape, ...]]:
    """The step of a node, and the shapes of its outputs in the names of the class."""
    written, content = scope.written.nodes[name], scope.concrete.nodes[name].content
    present = name not in scope.absent
    when = scope.says(written.when) if scope.conditional and written.when else ""
    if scope.conditional and written.when and not when:
        raise NotSwitchableError(name)
    try:
        if isinstance(content, Layer):
            made = _layer(written, content, shapes, scope)
        else:
            assert isinstance(written.content, Instance)
            made = make(written.content, content, shapes, scope)
    except (ShapeError, BlockError, CodegenError) as error:
        if not present:
            raise NotSwitchableError(name) from None
        raise CodegenError(f"{name}: {error}", name) from None
    outputs, plain = made.outputs, tuple(shapes)
    if scope.values or scope.written is not scope.concrete:
        outputs = tuple(plain_shape(shape) for shape in outputs)
        plain = tuple(plain_shape(shape) for shape in plain)
    if not present and outputs != plain:
        # What comes in goes out. Where the sizes agree, the names of the layer serve both cases.
        made, outputs = replace(made, outputs=tuple(shapes)), plain
    step = Step(name, content, ports, plain, outputs, made, when, present)
    if when and not step.plain:
        raise NotSwitchableError(name)
    return step, made.outputs


def _layer(written: Node, layer: Layer, shapes: Sequence[Shape], scope: Scope) -> Made:
    """A layer; inside a block its parameters read as their expressions where these have names."""
    spoken = scope.values or written.expressions
    if not spoken and not any(isinstance(size, Named) for shape in shapes for size in shape):
        return _plain_layer(layer, tuple(shapes))
    texts = {name: scope.says(expression) for name, expression in written.expressions}
    speaking = with_values(
        layer,
        {
            name: named(layer.values[name], text, binding(text))
            for name, text in texts.items()
            if text
        },
    )
    outputs = tuple(_plain_plane(shape) for shape in speaking.outputs(*shapes))
    made = _plain_layer(layer, tuple(plain_shape(shape) for shape in shapes))
    code = opaque(speaking).code(*map(opaque_shape, shapes))
    if not says_the_same(code, made.text, {**scope.values, **scope.channels}, layer.values):
        # It chooses what it writes by a parameter's value, so it is written for that value.
        code = made.text
    return replace(made, text=code, outputs=outputs)


@lru_cache(maxsize=8192)
def _plain_layer(layer: Layer, shapes: tuple[Shape, ...]) -> Made:
    outputs, tensors = layer.outputs(*shapes), layer.tensors(*shapes)
    return Made(layer.code(*shapes), outputs, tensors, layer.macs(*shapes))


def _plain_plane(shape: Shape) -> Shape:
    """Only channels and features go by name: heights and widths would read as long sums."""
    if len(shape) != 3:
        return shape
    sizes = (shape[0], *map(int, shape[1:]))
    return Indices(sizes, shape.plane, shape.windows) if isinstance(shape, Indices) else sizes


def _fed(scope: Scope, node: Node, ports: tuple[Port, ...]) -> bool:
    if variadic(node):
        return bool(ports)
    return len(ports) == len(inputs(scope.concrete, node))


def _live(network: Network) -> set[str]:
    """The nodes from which an Output can be reached."""
    feeds = sources(network)
    waiting = [name for name, node in network.nodes.items() if node.kind == "Output"]
    found: set[str] = set(waiting)
    while waiting:
        for link in feeds.get(waiting.pop(), ()):
            if link.source not in found:
                found.add(link.source)
                waiting.append(link.source)
    return found


def _scheduled(steps: Mapping[str, Step]) -> tuple[Step, ...]:
    """The steps so that each branch is followed as far as it goes before the next one is begun.

    `steps` are in an order in which they could run. Where a branch has come to an Output, the one
    drawn first of those left follows.
    """
    waiting = {
        name: len({source for source, _ in step.inputs if source in steps})
        for name, step in steps.items()
    }
    onward: dict[str, list[str]] = {}
    for name, step in steps.items():
        for source in dict.fromkeys(source for source, _ in step.inputs):
            onward.setdefault(source, []).append(name)
    places = {name: place for place, name in enumerate(steps)}
    ready = [name for name, count in reversed(waiting.items()) if count == 0]
    found: list[Step] = []
    while ready:
        name = ready.pop()
        found.append(steps[name])
        for target in reversed(onward.get(name, ())):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
        if name not in onward:
            ready.sort(key=places.__getitem__, reverse=True)
    return tuple(found)
