"""Blocks made classes: one class for all instances that the same code serves, written in the block's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.codegen.classes import (
    ClassText,
    attributes,
    chain,
    fits_sequential,
    is_chain,
    told,
)
from engine.codegen.layout import binding, literal, names_in, substituted
from engine.codegen.naming import IMPORTED, CodegenError, Names, class_name
from engine.codegen.symbols import Named, named, plain_shape
from engine.codegen.trace import Made, NotSwitchableError, Part, Scope, Step, follow
from engine.fields import Value
from engine.layers.base import Indices, Shape, Tensor
from engine.network.blocks import BlockError, arguments, expand
from engine.network.network import Block, Instance, Network

_UNSPEAKABLE = {*IMPORTED, "self", "min", "max", "range", "super", "_"}


@dataclass(frozen=True, slots=True)
class Use:
    """A block with certain arguments and input shapes.

    `names` is what the class calls the channels of each input; `channels` are those of them, by the
    input's number, that its constructor takes, `promoted` the promoted parameters that it takes,
    with their defaults. `outputs` are the shapes that come out, in the names of the class.
    """

    text: ClassText
    names: Sequence[str]
    channels: Mapping[int, str]
    promoted: Mapping[str, Value]
    outputs: tuple[Shape, ...]
    tensors: Mapping[str, Tensor]
    macs: int
    parts: Mapping[str, Part]
    further: tuple[tuple[str, Part], ...]
    frozen: tuple[str, ...]


class Library:
    """The block classes of one file, in the order in which they must be defined."""

    def __init__(self, network: Network, names: Names) -> None:
        self.classes: dict[tuple[object, ...], ClassText] = {}
        self._network = network
        self._names = names
        self._uses: dict[tuple[object, ...], Use] = {}
        self._open: list[str] = []

    def make(
        self, written: Instance, concrete: Instance, shapes: Sequence[Shape], scope: Scope
    ) -> Made:
        """An instance at work: the expression that makes it, for all its repeats."""
        texts: list[str] = []
        tensors: dict[str, Tensor] = {}
        parts: dict[str, Part] = {}
        further: list[tuple[str, Part]] = []
        frozen: list[str] = []
        macs = 0
        shapes = tuple(shapes)
        repeated = concrete.repeat > 1
        for number in range(concrete.repeat):
            use = self._use(concrete, number, tuple(plain_shape(shape) for shape in shapes))
            given = self._given(written, concrete, number, scope)
            texts.append(_call(use, given, shapes))
            path = f"{number}." if repeated else ""
            tensors.update({path + name: tensor for name, tensor in use.tensors.items()})
            macs += use.macs
            frozen += [path + inner for inner in use.frozen]
            inside = {name: _below(path, part) for name, part in use.parts.items()}
            if number == 0:
                parts = inside
            else:
                further += inside.items()
            further += [(name, _below(path, part)) for name, part in use.further]
            if number + 1 < concrete.repeat and len(use.outputs) != 1:
                raise CodegenError(f"{concrete.block} has several outputs and cannot be repeated.")
            shapes = tuple(_outside(shape, use, given, shapes) for shape in use.outputs)
        text = f"nn.Sequential({', '.join(_folded(texts))})" if repeated else texts[0]
        block = self._network.blocks[concrete.block].network
        ports = tuple(name for name, node in block.nodes.items() if node.kind == "Output")
        return Made(text, shapes, tensors, macs, parts, tuple(frozen), ports, tuple(further))

    def _given(
        self, written: Instance, concrete: Instance, number: int, scope: Scope
    ) -> Mapping[str, str]:
        """How the source around an instance says each of its arguments."""
        values = arguments(self._network, concrete, number)
        texts = {name: literal(value) for name, value in values.items()}
        for name, argument in (*written.arguments, *(written.first if number == 0 else ())):
            said = scope.says(argument) if isinstance(argument, str) else ""
            texts[name] = said or literal(values[name])
        return texts

    def _use(self, instance: Instance, number: int, shapes: tuple[Shape, ...]) -> Use:
        values = arguments(self._network, instance, number)
        key = (instance.block, repr(values), shapes)
        found = self._uses.get(key)
        if instance.block in self._open:
            raise CodegenError(f"{instance.block} contains itself; take that instance out of it.")
        if found is None:
            self._open.append(instance.block)
            try:
                found = self._uses[key] = self._new_use(instance, number, values, shapes)
            finally:
                self._open.pop()
        return found

    def _new_use(
        self,
        instance: Instance,
        number: int,
        values: Mapping[str, Value],
        shapes: tuple[Shape, ...],
    ) -> Use:
        block = self._network.blocks[instance.block]
        channels = shapes[0][0] if shapes else None
        before = dict(self.classes), dict(self._uses), self._names.copy()
        try:
            scope = self._conditional(block, instance, number, values, channels)
            return self._written(instance.block, block, scope, shapes)
        except NotSwitchableError:
            # What the attempt has defined on its way is not used by anything.
            self.classes, self._uses, self._names = before
            inner = expand(self._network, instance, number, channels)
            scope = Scope(block.network, inner, _speakable(values))
            return self._written(instance.block, block, scope, shapes)

    def _conditional(
        self,
        block: Block,
        instance: Instance,
        number: int,
        values: Mapping[str, Value],
        channels: int | None,
    ) -> Scope:
        """The block with all its nodes, of which some are absent with these arguments."""
        inner = expand(self._network, instance, number, channels)
        if not any(node.when for node in block.network.nodes.values()):
            return Scope(block.network, inner, _speakable(values))
        always = {name: replace(node, when="") for name, node in block.network.nodes.items()}
        whole = replace(block, network=replace(block.network, nodes=always))
        network = replace(self._network, blocks={**self._network.blocks, instance.block: whole})
        try:
            everything = expand(network, instance, number, channels)
        except BlockError:
            raise NotSwitchableError(instance.block) from None
        absent = frozenset(everything.nodes.keys() - inner.nodes.keys())
        return Scope(block.network, everything, _speakable(values), absent, conditional=True)

    def _written(self, name: str, block: Block, scope: Scope, shapes: tuple[Shape, ...]) -> Use:
        ports = [port for port, node in block.network.nodes.items() if node.kind == "Input"]
        if len(ports) != len(shapes):
            raise CodegenError(f"{name} has {len(ports)} inputs but is given {len(shapes)}.")
        words = _channels(ports, shapes, scope.values)
        given = {
            port: _with_channels(shape, word)
            for port, shape, word in zip(ports, shapes, words, strict=True)
        }
        sizes = {word: shape[0] for word, shape in zip(words, shapes, strict=True)}
        arriving = words[0] if words else ""
        body = follow(replace(scope, channels=sizes, arriving=arriving), given, self.make)
        used = {word for step in body.steps for word in names_in(step.made.text, step.when)}
        channels = {number: word for number, word in enumerate(words) if word in used}
        known = used & scope.values.keys()
        promoted = {word: default for word, default in block.parameters if word in known}
        signature = (
            *(f"{word}: int" for word in channels.values()),
            *(_parameter(word, default, scope.values[word]) for word, default in promoted.items()),
        )
        names = {*channels.values(), *promoted}
        if is_chain(body) and fits_sequential([step.node for step in body.steps]):
            text = chain(body, signature, names, block.named)
        else:
            text = attributes(body, signature, names)
        ins = " and ".join(told(shape, names) for shape in given.values())
        outs = " and ".join(told(shape, names) for shape in body.named)
        text.summary = f"From {ins} to {outs}."
        text = self._defined(name, text)
        tensors: dict[str, Tensor] = {}
        parts: dict[str, Part] = {}
        further: list[tuple[str, Part]] = []
        frozen: list[str] = []
        for step in body.made:
            if step.present:
                path = text.paths.get(step.node, "")
                frozen += frozen_paths(step, scope.concrete, path)
                parts[step.node] = Part(text, step.node, path)
                tensors.update({f"{path}.{key}": item for key, item in step.made.tensors.items()})
                parts.update(inner_parts(step, path))
                further += further_parts(step, path)
        macs = sum(step.made.macs for step in body.steps if step.present)
        return Use(
            text=text,
            names=words,
            channels=channels,
            promoted=promoted,
            outputs=body.named,
            tensors=tensors,
            macs=macs,
            parts=parts,
            further=tuple(further),
            frozen=tuple(frozen),
        )

    def _defined(self, name: str, text: ClassText) -> ClassText:
        """The class that serves: one that was there before, if only comments differ."""
        key = (name, text.same_code())
        found = self.classes.get(key)
        if found is not None:
            found.shared_with(text)
            return found
        text.name = self._names.type(class_name(name, "Block"))
        self.classes[key] = text
        return text


def _speakable(values: Mapping[str, Value]) -> Mapping[str, Value]:
    """The promoted parameters whose names can be those of a constructor's parameters."""
    return {name: value for name, value in values.items() if name not in _UNSPEAKABLE}


def _channels(
    ports: Sequence[str], shapes: Sequence[Shape], taken: Mapping[str, Value]
) -> list[str]:
    """What the constructor calls the channels of each input."""
    found: list[str] = []
    for port, shape in zip(ports, shapes, strict=True):
        noun = "channels" if len(shape) == 3 else "features"
        word = f"in_{noun}" if len(ports) == 1 else f"{port}_{noun}"
        while word in taken or word in found:
            word += "_"
        found.append(word)
    return found


def _with_channels(shape: Shape, word: str) -> Shape:
    sizes = (Named(shape[0], word), *shape[1:])
    return Indices(sizes, shape.plane, shape.windows) if isinstance(shape, Indices) else sizes


def _parameter(word: str, default: Value, value: Value) -> str:
    """A constructor's parameter; without a type where its default has another one than its value."""
    if type(default) is not type(value) or isinstance(value, tuple):
        return f"{word}={literal(default)}"
    return f"{word}: {type(value).__name__} = {literal(default)}"


def inner_parts(step: Step, path: str) -> Mapping[str, Part]:
    """What is inside an instance that stands at `path`, by its name from there."""
    return {f"{step.node}/{key}": _below(f"{path}.", part) for key, part in step.made.parts.items()}


def further_parts(step: Step, path: str) -> list[tuple[str, Part]]:
    """What is inside an instance that stands at `path`, as often as it is applied after the first time."""
    return [(f"{step.node}/{key}", _below(f"{path}.", part)) for key, part in step.made.further]


def frozen_paths(step: Step, network: Network, path: str) -> list[str]:
    """The modules of a step at `path` that do not learn: the step's own, or what is frozen inside it."""
    if not path:
        return []
    if network.nodes[step.node].frozen:
        return [path]
    return [f"{path}.{inner}" for inner in step.made.frozen]


def _call(use: Use, given: Mapping[str, str], shapes: Sequence[Shape]) -> str:
    """The call that makes one application; arguments that are the default are left out."""
    first = [
        str(shapes[number][0]) if len(use.channels) == 1 else f"{word}={shapes[number][0]}"
        for number, word in use.channels.items()
    ]
    rest = [
        f"{word}={given[word]}"
        for word, default in use.promoted.items()
        if given[word] != literal(default)
    ]
    return f"{use.text.name}({', '.join([*first, *rest])})"


def _outside(
    shape: Shape, use: Use, arguments: Mapping[str, str], shapes: Sequence[Shape]
) -> Shape:
    """An output's shape in the names of the source around the instance."""
    first = shape[0]
    if not isinstance(first, Named):
        return shape
    outer = {word: str(given[0]) for word, given in zip(use.names, shapes, strict=True)}
    text = substituted(first.text, {**arguments, **outer})
    if names_in(text):
        value = named(int(first), text, binding(text))
        assert isinstance(value, int)
    else:
        value = int(first)
    sizes = (value, *shape[1:])
    return Indices(sizes, shape.plane, shape.windows) if isinstance(shape, Indices) else sizes


def _below(path: str, part: Part) -> Part:
    """A part below a path that is empty or ends with a dot; what has no module has none there either."""
    module = path + part.module if part.module else ""
    return replace(part, module=module, owner=(path + part.owner).rstrip("."))


def _folded(texts: Sequence[str]) -> list[str]:
    """Arguments of an `nn.Sequential`, three or more equal ones in a row as a loop."""
    found: list[str] = []
    start = 0
    while start < len(texts):
        end = start
        while end < len(texts) and texts[end] == texts[start]:
            end += 1
        count = end - start
        if count > 2:
            found.append(f"*({texts[start]} for _ in range({count}))")
        else:
            found.extend(texts[start:end])
        start = end
    return found
