"""The whole file: imports, helper classes, block classes, the network's class and `build()`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.analysis import Analysis, analyse
from engine.codegen.classes import (
    TENSOR,
    ClassText,
    attributes,
    fits_sequential,
    is_chain,
    named_chains,
    size,
)
from engine.codegen.layout import WIDTH, Statement, literal
from engine.codegen.library import Library, frozen_paths, further_parts, inner_parts
from engine.codegen.naming import CodegenError, Names, class_name
from engine.codegen.source import Place, Source, Span
from engine.codegen.trace import Body, Part, Scope, follow
from engine.layers.base import Layer, Shape, Tensor
from engine.layers.io.input import Input
from engine.network.active import active
from engine.network.network import Instance, Network
from engine.network.project import Project

_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Preparation:
    """How images become inputs: per channel `mean` and `std` of pixel / 255; the classes' names."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]


def write(
    project: Project,
    analysis: Analysis | None = None,
    preparation: Preparation | None = None,
) -> Source:
    """The PyTorch file of a project's network, and where its nodes are in it.

    It imports torch alone and has one class for the network, one for each block (more where one
    cannot serve all instances), and `build()`. What leads to no Output is left out. Raises
    `CodegenError` for a broken network, in the words of `analysis`, that of this very project,
    which is only made where it is needed and not given.
    """
    try:
        return _write(project, preparation)
    except CodegenError as error:
        problems = (analyse(project) if analysis is None else analysis).problems
        told = (
            problem.message
            for problem in problems
            if problem.severity == "error" and problem.node == error.node
        )
        raise CodegenError(next(told, str(error)), error.node) from None


def _write(project: Project, preparation: Preparation | None) -> Source:
    network = active(project.network)
    helpers = _helpers(network)
    names = Names(_CLASS.findall("\n".join(helpers)))
    title = names.type(class_name(project.name))
    library = Library(network, names)
    given = {
        name: node.content.outputs()[0]
        for name, node in network.nodes.items()
        if isinstance(node.content, Input)
    }
    body = follow(Scope(network, network), given, library.make)
    text = _network_class(body)
    text.name = title
    ins = _told(body.shapes[name, 0] for name in body.inputs)
    outs = _told(body.shapes[port] for port in body.outputs.values())
    text.summary = f"From {ins} to {outs}."

    page = _Page()
    page.header(title, ins, outs, body, preparation)
    for helper in helpers:
        page.gap(2)
        page.lines.extend(helper.strip("\n").split("\n"))
    for item in library.classes.values():
        page.class_(item)
    page.class_(text)
    page.build(title)
    page.imports()
    return _source(page, text, body, network)


def _network_class(body: Body) -> ClassText:
    layers = all(isinstance(step.content, Layer) for step in body.steps)
    if layers and is_chain(body) and fits_sequential([step.node for step in body.steps]):
        return named_chains(body)
    return attributes(body)


def _helpers(network: Network) -> list[str]:
    """Definitions of the helper classes that some layer needs, each once."""
    networks = [network, *(block.network for block in network.blocks.values())]
    layers = (node.content for inner in networks for node in inner.nodes.values())
    found = (layer.definition for layer in layers if isinstance(layer, Layer))
    return [text for text in dict.fromkeys(found) if text]


def _told(shapes: Iterable[Shape]) -> str:
    return " and ".join(size(shape) for shape in shapes)


def _source(page: _Page, text: ClassText, body: Body, network: Network) -> Source:
    """The page with every node found on it."""
    spans: dict[str, tuple[Span, ...]] = dict(page.spans(text, text.spots))
    places: dict[str, Place] = {}
    tensors: dict[str, Tensor] = {}
    frozen: list[str] = []
    further: list[tuple[str, Place]] = []
    for name in text.spots:
        places[name] = page.place(Part(text, name, text.paths.get(name, "")))
    for step in body.made:
        path = text.paths.get(step.node, "")
        tensors.update({f"{path}.{key}": item for key, item in step.made.tensors.items()})
        frozen += frozen_paths(step, network, path)
        if not isinstance(step.content, Instance):
            continue
        for name, part in inner_parts(step, path).items():
            places[name] = page.place(part)
            spans[name] = page.spans(_holder(part), [part.node]).get(part.node, ())
        further += [(name, page.place(part)) for name, part in further_parts(step, path)]
    lines = "\n".join(page.lines) + "\n"
    return Source(lines, text.name, spans, places, tensors, tuple(frozen), tuple(further))


def _holder(part: Part) -> ClassText:
    assert isinstance(part.holder, ClassText)
    return part.holder


class _Page:
    """The lines of the file so far, and where the statements of each class have come to stand."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._spans: dict[int, dict[str, list[Span]]] = {}
        self._statements: dict[int, list[int]] = {}
        self._import_at = 0

    def gap(self, count: int) -> None:
        self.lines.extend([""] * count)

    def header(
        self,
        title: str,
        ins: str,
        outs: str,
        body: Body,
        preparation: Preparation | None,
    ) -> None:
        """The docstring, room for the imports, and the constants that a run has left."""
        tensors = [tensor for step in body.steps for tensor in step.made.tensors.values()]
        parameters = sum(tensor.size for tensor in tensors if tensor.learnable)
        macs = sum(step.made.macs for step in body.steps)
        self.lines += [
            f'"""{title}: a convolutional network.',
            "",
            "Shapes are those of one sample, channels x height x width; a batch comes before them.",
            "",
            f"Input: {ins}",
            f"Output: {outs}",
            f"Parameters: {parameters:,}",
            f"Multiply-accumulate operations: {macs:,} per sample",
            '"""',
            "",
        ]
        self._import_at = len(self.lines)
        if preparation is None:
            return
        self.gap(1)
        self.lines.append(
            "# An input is an image's pixels / 255, less MEAN, divided by STD, by channel."
        )
        self.add(Statement(0, "MEAN = ", literal(preparation.mean)))
        self.add(Statement(0, "STD = ", literal(preparation.std)))
        self.lines.append("# What the outputs stand for, in their order.")
        self.add(Statement(0, "CLASSES = ", literal(preparation.classes)))

    def imports(self) -> None:
        """Import what the text turns out to use."""
        text = "\n".join(self.lines)
        found: list[str] = []
        if "OrderedDict(" in text:
            found.append("from collections import OrderedDict")
        if "math." in text and re.search(r"\bmath\.", text):
            found.insert(0, "import math")
        if found:
            found.append("")
        found.append("import torch")
        if "F." in text and re.search(r"\bF\.", text):
            found.append("import torch.nn.functional as F")
        found.append("from torch import nn")
        self._shift(len(found))
        self.lines[self._import_at : self._import_at] = found

    def _shift(self, count: int) -> None:
        for spans in self._spans.values():
            for name, items in spans.items():
                spans[name] = [Span(item.first + count, item.last + count) for item in items]
        for statements in self._statements.values():
            statements[:] = [line + count for line in statements]

    def class_(self, text: ClassText) -> None:
        """A class: docstring, constructor, forward."""
        spans = self._spans.setdefault(id(text), {})
        self.gap(2)
        self.lines.append(f"class {text.name}({text.base}):")
        summary = text.summary
        if not 0 < len(summary) <= WIDTH - 10:
            summary = f"A block of {len(text.paths)} layers."
        self.lines += [f'    """{summary}"""', ""]
        self.define("__init__", text.signature, "None")
        for statement in text.constructor:
            self.add(statement, spans)
        if text.forward:
            self.gap(1)
            first = self.define(
                "forward", [f"{name}: {TENSOR}" for name in text.inputs], text.result
            )
            self._statements[id(text)] = [self.add(item, spans) for item in text.forward]
            self._statements[id(text)].append(first)  # so that -1 is the `def`

    def define(self, name: str, parameters: Sequence[str], result: str) -> int:
        """The `def` line of a method, in one line or with a parameter a line; returns its number."""
        first = len(self.lines) + 1
        line = f"    def {name}({', '.join(['self', *parameters])}) -> {result}:"
        if len(line) <= WIDTH:
            self.lines.append(line)
            return first
        self.lines.append(f"    def {name}(")
        self.lines += [f"        {item}," for item in ("self", *parameters)]
        self.lines.append(f"    ) -> {result}:")
        return first

    def add(self, statement: Statement, spans: dict[str, list[Span]] | None = None) -> int:
        """A statement; returns the number of its first line that is code."""
        first = len(self.lines) + 1
        lines = statement.lines()
        self.lines.extend(lines)
        if spans is not None and statement.node:
            last = len(self.lines)
            items = spans.setdefault(statement.node, [])
            if items and items[-1].last == first - 1:
                first, items[-1] = items[-1].first, Span(items[-1].first, last)
            else:
                items.append(Span(first, last))
        return len(self.lines) - len(lines) + 1 + lines[0].lstrip().startswith("#")

    def build(self, title: str) -> None:
        """The function that makes the network as it is trained."""
        self.gap(2)
        self.lines += [
            f"def build() -> {title}:",
            '    """Make the network with fresh weights, in the memory format that it is trained in.',
            "",
            "    Channels-last is quicker, and rounds the last digit of sums in its own way: with it a",
            "    trained network gives the very numbers that it gave in training.",
            '    """',
            f"    return {title}().to(memory_format=torch.channels_last)",
        ]

    def spans(self, text: ClassText, names: Iterable[str]) -> Mapping[str, tuple[Span, ...]]:
        """The lines of each node of a class, Inputs and Outputs included."""
        found = self._spans[id(text)]
        spans: dict[str, tuple[Span, ...]] = {}
        for name in names:
            items = found.get(name)
            if items is None and text.forward:
                # An Input stands in the `def`, and all Outputs in the one `return`.
                entering = text.spots[name].statement < 0
                line = self._line(text, -1 if entering else len(text.forward) - 1)
                items = [Span(line, line)]
            spans[name] = tuple(items or ())
        return spans

    def place(self, part: Part) -> Place:
        """Where a node of a class is, in the module at hand."""
        text = _holder(part)
        spot = text.spots[part.node]
        return Place(part.module, spot.variable, self._line(text, spot.statement), part.owner)

    def _line(self, text: ClassText, statement: int) -> int:
        lines = self._statements.get(id(text))
        return lines[statement] if lines else 0
