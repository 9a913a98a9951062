"""The settings that a search may try: which values of which parameters, and the edit that sets them.

They follow from the fields that layers declare, whatever the layers are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from engine.fields import Choice, Field, Flag, Integer, Pair, ParameterError, Value, specs
from engine.layers.base import Layer, Shape, ShapeError
from engine.layers.shapes import unpair
from engine.network import edits
from engine.network.blocks import arguments
from engine.network.expressions import constant, names
from engine.network.instances import set_arguments, set_first, set_repeat
from engine.network.network import Block, Instance, Network, Node
from engine.network.project import Project

Part: TypeAlias = Literal["parameter", "argument", "first", "repeat"]
"""Of a layer its `parameter`s; of an instance its `argument`s, those of the `first` application
alone, and its `repeat`."""

Sizes: TypeAlias = Sequence[tuple[int, int]]
"""(height, width) in pixels."""

REACH = 10
"""Small numbers (a kernel, a stride, a padding) are tried from the least allowed up to this many more."""
NEAR = 3
"""And, around the present value, up to this far away."""
SIDES = 5
"""Pairs of unequal numbers are tried from the least allowed up to this many more, each."""


class Assignment(NamedTuple):
    """One value given to one parameter of one node."""

    node: str
    part: Part
    name: str
    value: Value


@dataclass(frozen=True)
class SetValues:
    """The edit that gives parameters other values; equal ones compare equal."""

    assignments: tuple[Assignment, ...]

    def __call__(self, project: Project) -> Project:
        nodes = project.network.nodes
        for name in dict.fromkeys(item.node for item in self.assignments):
            mine = [item for item in self.assignments if item.node == name]
            node = nodes.get(name)
            if node is not None and isinstance(node.content, Instance):
                for item in mine:
                    project = _given(project, item)
            else:
                values = {item.name: item.value for item in mine}
                project = edits.set_parameters(project, name, **values)
        return project


def _given(project: Project, item: Assignment) -> Project:
    if item.part == "repeat":
        assert isinstance(item.value, int)
        return set_repeat(project, item.node, item.value)
    give = set_first if item.part == "first" else set_arguments
    return give(project, item.node, **{item.name: _held(item.value)})


def _held(value: Value) -> Value:
    """A value as an argument holds it, where a text is arithmetic."""
    return constant(value) if isinstance(value, str) else value


def applied(instance: Instance, assignments: Iterable[Assignment]) -> Instance:
    """An instance with some arguments given other values."""
    for _, part, name, value in assignments:
        held = _held(value)
        if part == "repeat":
            assert isinstance(value, int)
            instance = replace(instance, repeat=value)
        elif part == "first":
            instance = replace(instance, first=_set(instance.first, name, held))
        else:
            instance = replace(instance, arguments=_set(instance.arguments, name, held))
    return instance


def _set(
    given: tuple[tuple[str, Value], ...], name: str, value: Value
) -> tuple[tuple[str, Value], ...]:
    """The arguments with one set, which keeps its place or comes last."""
    return tuple({**dict(given), name: value}.items())


class Dial(NamedTuple):
    """A parameter of a node that may be turned: its present value and the others that are tried."""

    node: str
    part: Part
    name: str
    label: str
    present: Value
    others: tuple[Value, ...]
    none: str

    def spell(self, value: Value) -> str:
        """A value as people read it."""
        if value is None:
            return self.none or "none"
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return "×".join(str(item) for item in value)
        return f"{value:,}" if isinstance(value, int) else str(value)


def dials(
    drawn: Node,
    concrete: Node,
    name: str,
    network: Network,
    inputs: tuple[Shape, ...],
    sizes: Sizes,
) -> list[Dial]:
    """What may be turned of a node. `drawn` is it as written, `concrete` with its arithmetic done.

    What an expression decides stays. `network` knows the blocks, `inputs` are the shapes that go
    into the node, `sizes` those wanted.
    """
    if isinstance(concrete.content, Layer):
        return _of_layer(drawn, concrete.content, name, inputs, sizes)
    assert isinstance(drawn.content, Instance)
    return _of_instance(drawn.content, concrete.content, name, network)


def _of_layer(
    drawn: Node, layer: Layer, name: str, inputs: tuple[Shape, ...], sizes: Sizes
) -> list[Dial]:
    held = {parameter for parameter, _ in drawn.expressions}
    oblong = any(len(shape) == 3 and shape[1] != shape[2] for shape in inputs)
    oblong = oblong or any(height != width for height, width in sizes)
    found: list[Dial] = []
    for parameter, spec in specs(type(layer)).items():
        if parameter in held:
            continue
        present = layer.values[parameter]
        others = list(values(spec, present, oblong))
        for size in sizes if isinstance(spec, Pair) else ():
            value = unpair(*size)
            if value not in others and _makes(layer, parameter, value, inputs, size):
                others.append(value)
        if others:
            label = spec.label or parameter.replace("_", " ")
            found.append(
                Dial(name, "parameter", parameter, label, present, tuple(others), spec.none)
            )
    return found


def _makes(
    layer: Layer, parameter: str, value: Value, inputs: tuple[Shape, ...], size: tuple[int, int]
) -> bool:
    """Whether a parameter says which size comes out: set to one, it gives just that."""
    try:
        output = layer.changed(**{parameter: value}).output(*inputs)
    except (ParameterError, ShapeError):
        return False
    return output[1:] == size and layer.values[parameter] != value


def _of_instance(drawn: Instance, concrete: Instance, name: str, network: Network) -> list[Dial]:
    block = network.blocks[concrete.block]
    usual = arguments(network, replace(concrete, first=()))
    first = arguments(network, concrete)
    written, written_first = dict(drawn.arguments), dict(drawn.first)
    found: list[Dial] = []
    for parameter, _ in block.parameters:
        spec = field_of(network, block, parameter, usual[parameter])
        if spec is None:
            continue
        label = parameter.replace("_", " ")
        if not _arithmetic(written.get(parameter)):
            present = usual[parameter]
            others = tuple(values(spec, present))
            found.append(Dial(name, "argument", parameter, label, present, others, spec.none))
        if parameter in written_first and not _arithmetic(written_first[parameter]):
            present = first[parameter]
            others = tuple(values(spec, present))
            label = f"first {label}"
            found.append(Dial(name, "first", parameter, label, present, others, spec.none))
    if concrete.repeat > 1 or len(_ports(block, "Input")) == len(_ports(block, "Output")):
        others = tuple(values(_REPEAT, concrete.repeat))
        found.append(Dial(name, "repeat", "repeat", "repeat", concrete.repeat, others, ""))
    return [dial for dial in found if dial.others]


_REPEAT = Integer(unit="px", low=1, high=100)


def _ports(block: Block, kind: str) -> list[str]:
    return [name for name, node in block.network.nodes.items() if node.kind == kind]


def _arithmetic(argument: Value) -> bool:
    """Whether an argument is calculated from the parameters of the block around it."""
    return isinstance(argument, str) and bool(names(argument))


def field_of(network: Network, block: Block, parameter: str, value: Value) -> Field | None:
    """The field of a promoted parameter that is `value` now; None where nothing tells what it may be."""
    return promoted(network, block, parameter) or _guess(value)


def promoted(network: Network, block: Block, parameter: str) -> Field | None:
    """The field inside a block that a promoted parameter is handed to as it is; None where it is
    only calculated with.
    """
    for node in block.network.nodes.values():
        if isinstance(node.content, Layer):
            for name, text in node.expressions:
                if text.strip() == parameter:
                    return specs(type(node.content)).get(name)
            continue
        inner = network.blocks.get(node.content.block)
        for name, text in (*node.content.arguments, *node.content.first):
            if inner is not None and isinstance(text, str) and text.strip() == parameter:
                found = promoted(network, inner, name)
                if found is not None:
                    return found
    return None


def _guess(value: Value) -> Field | None:
    """A field for a parameter that nothing declares, from its value."""
    if isinstance(value, bool):
        return Flag()
    return Integer(low=1) if isinstance(value, int) and value > 0 else None


def values(spec: Field, present: Value, oblong: bool = False) -> Iterator[Value]:
    """The other values of a field that are tried, each once.

    Of numbers that measure pixels: the least allowed and `REACH` more, and those within `NEAR` of
    the present one; with `oblong`, or where the present value is one, also pairs of unequal ones.
    Of numbers that count: `ladder`. Words, None, the other options, the other truth. Real numbers
    and rows have no small set of values and stay as they are.
    """
    seen = {_key(present)}
    for value in _every(spec, present, oblong):
        try:
            checked = spec.check(value)
        except ValueError:
            continue
        if _key(checked) not in seen:
            seen.add(_key(checked))
            yield checked


def _key(value: Value) -> tuple[type, Value]:
    """True is 1 to Python, but not here."""
    return type(value), value


def _every(spec: Field, present: Value, oblong: bool) -> Iterator[Value]:
    if isinstance(spec, Flag):
        yield from (True, False)
    elif isinstance(spec, Choice):
        yield from spec.options
    elif isinstance(spec, Integer):
        yield from spec.words
        if spec.unit == "px":
            yield from _pixels(spec, present)
        else:
            yield from ladder(present if isinstance(present, int) else 64)
        if isinstance(spec, Pair) and (oblong or isinstance(present, tuple)):
            least = range(spec.low, spec.low + SIDES + 1)
            yield from ((height, width) for height in least for width in least)
    else:
        return
    if spec.none:
        yield None


def _pixels(spec: Integer, present: Value) -> Iterator[int]:
    low = max(spec.low, -NEAR)
    yield from range(low, low + REACH + 1)
    around = present if isinstance(present, tuple) else (present,)
    for middle in around:
        if isinstance(middle, int) and not isinstance(middle, bool):
            yield from range(middle - NEAR, middle + NEAR + 1)


def ladder(present: int) -> Iterator[int]:
    """Counts that people choose, up to four times the present one: 1 to 16, then in eighths of the
    power of two below (18, 20, ... 32, 36, ... 64, 72 ...), and the numbers next to the present one.
    """
    yield from range(1, 17)
    base = 16
    while base < 4 * present:
        yield from range(base + base // 8, 2 * base + 1, base // 8)
        base *= 2
    yield from (present - 1, present + 1)


def apart(present: Value, value: Value) -> float:
    """How far a value is from the present one: about doublings for numbers, 1 for everything else."""
    one, other = _both(present), _both(value)
    if one is None or other is None:
        return 1.0
    pair = 0.25 if isinstance(value, tuple) else 0.0
    return pair + sum(_doublings(a, b) for a, b in zip(one, other, strict=True)) / 2


def _doublings(one: int, other: int) -> float:
    # The 2 keeps it finite at 0, and 0 and 1 near each other.
    return math.log2(1 + abs(one - other) / (2 + min(abs(one), abs(other))))


def _both(value: Value) -> tuple[int, int] | None:
    if isinstance(value, tuple):
        return int(value[0]), int(value[1])
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else None


def between(present: Value, value: Value, further: Value) -> bool:
    """Whether `value` lies on the way from the present one to `further`, or is it."""
    if _key(value) == _key(further):
        return True
    start, middle, end = _both(present), _both(value), _both(further)
    if start is None or middle is None or end is None:
        return False
    return all(min(a, c) <= b <= max(a, c) for a, b, c in zip(start, middle, end, strict=True))
