"""Random networks: the text is clean, and the module that it makes is the one that was analysed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.analysis import analyse
from engine.codegen import Source, write
from engine.codegen.guard import check
from engine.fields import ParameterError
from engine.layers import catalogue
from engine.layers.base import Indices, Shape, ShapeError
from engine.network.project import Project
from engine.training.build import build
from tests.engine.codegen.networks import Sketch
from tests.engine.codegen.test_write import ruff_complaints
from tests.engine.layers.drawing import layers

MERGES = ("Add", "Concat", "Multiply")
UNARY = tuple(
    name
    for name in catalogue.kinds()
    if name not in (*MERGES, "Input", "Output", "MaxUnpool2d", "Reshape")
)
BIG = 50_000
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

Port = tuple[str, int]


class Growth:
    """A network that grows by whatever its open ports accept."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.sketch = Sketch()
        self.shapes: dict[Port, Shape] = {}
        self.used: set[Port] = set()

    def input(self, number: int) -> None:
        shape = self.draw(st.sampled_from(((3, 12, 12), (4, 9, 8), (6, 5, 5))))
        name = self.sketch.add(f"image{number}", catalogue.layer("Input", shape=shape))
        self.shapes[name, 0] = shape

    def place(self, number: int) -> None:
        """Add a node where some layer fits."""
        kind = self.draw(st.sampled_from((*UNARY, "Conv2d", "MaxPool2d", *MERGES, "MaxUnpool2d")))
        ports = [self.draw(st.sampled_from(list(self.shapes)))]
        if kind in MERGES:
            alike = [port for port, shape in self.shapes.items() if shape == self.shapes[ports[0]]]
            ports += self.draw(st.lists(st.sampled_from(alike), min_size=1, max_size=3))
        if kind == "MaxUnpool2d":
            indices = [port for port, shape in self.shapes.items() if isinstance(shape, Indices)]
            if not indices:
                return
            ports = [(indices[-1][0], 0), indices[-1]]
        layer = self.draw(layers(catalogue.kinds()[kind]))
        shapes = [self.shapes[port] for port in ports]
        try:
            outputs = layer.outputs(*shapes)
        except (ShapeError, ParameterError):
            return
        if any(shape[0] > 64 or len(shape) == 2 for shape in outputs):
            return
        tensors = layer.tensors(*shapes).values()
        if sum(tensor.size for tensor in tensors) > BIG or layer.macs(*shapes) > 100 * BIG:
            return
        name = self.sketch.add(f"{kind.lower()}{number}", layer, *ports)
        self.used.update(ports)
        for output, shape in enumerate(outputs):
            self.shapes[name, output] = shape

    def finish(self) -> Project:
        """Outputs behind one to three values that nothing has used."""
        open_ports = [
            port
            for port, shape in self.shapes.items()
            if port not in self.used and not isinstance(shape, Indices)
        ] or [next(iter(self.shapes))]
        count = self.draw(st.integers(1, min(3, len(open_ports))))
        for number, port in enumerate(reversed(open_ports[-count:])):
            self.sketch.add(f"out{number}", catalogue.layer("Output"), port)
        return self.sketch.project("Drawn")


@st.composite
def projects(draw: st.DrawFn) -> Project:
    growth = Growth(draw)
    for number in range(draw(st.sampled_from((1, 1, 1, 2)))):
        growth.input(number)
    for number in range(draw(st.integers(1, 14))):
        growth.place(number)
    return growth.finish()


def outputs_by_place(source: Source, project: Project) -> dict[str, Shape]:
    """Every node's output shape, found by its place while `forward` runs statement by statement."""
    module = build(source.text).eval()
    found: dict[str, Shape] = {}
    for name, place in source.places.items():
        if place.module:

            def hook(_: object, __: object, output: object, name: str = name) -> None:
                tensor = output[0] if isinstance(output, tuple) else output
                assert isinstance(tensor, torch.Tensor)
                found[name] = tuple(tensor.shape[1:])

            module.get_submodule(place.module).register_forward_hook(hook)
    tree = ast.parse(source.text)
    (network,) = (
        item
        for item in tree.body
        if isinstance(item, ast.ClassDef) and item.name == source.class_name
    )
    forward = network.body[-1]
    assert isinstance(forward, ast.FunctionDef)
    inputs = [name for name, node in project.network.nodes.items() if node.kind == "Input"]
    space: dict[str, object] = {"torch": torch, "nn": torch.nn, "self": module}
    for argument, name in zip(forward.args.args[1:], inputs, strict=True):
        shape = project.network.nodes[name].content.outputs()[0]  # type: ignore[union-attr]
        space[argument.arg] = torch.zeros(2, *shape, device="meta")
    for statement in (forward, *forward.body):
        if statement is not forward and not isinstance(statement, ast.Return):
            exec(compile(ast.Module([statement], []), "forward", "exec"), space)
        for name, place in source.places.items():
            if place.line == statement.lineno and place.variable and place.variable != "_":
                value = space[place.variable]
                assert isinstance(value, torch.Tensor)
                shape = tuple(value.shape[1:])
                assert found.setdefault(name, shape) == shape
    with torch.device("meta"):
        arguments = [
            torch.zeros(2, *project.network.nodes[name].content.outputs()[0])  # type: ignore[union-attr]
            for name in inputs
        ]
        module(*arguments)
    return found


@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(projects())
def test_a_random_network_is_written_as_it_was_analysed(project: Project) -> None:
    source = write(project)
    check(source.text)
    analysis = analyse(project)
    for name in project.network.nodes:
        assert analysis.nodes[name].known
    with torch.device("meta"):
        state = build(source.text).state_dict()
        torch.set_default_device(None)
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        name: tensor.shape for name, tensor in source.tensors.items()
    }
    wanted = {
        f"{place.module}.{key}": tensor.shape
        for name, place in source.places.items()
        if place.module
        for key, tensor in project.network.nodes[name]
        .content.tensors(*analysis.nodes[name].inputs)  # type: ignore[union-attr]
        .items()
    }
    assert {name: tensor.shape for name, tensor in source.tensors.items()} == wanted
    for name, spans in source.spans.items():
        assert spans
        if project.network.nodes[name].kind not in ("Input", "Output"):  # which share a line
            assert all(source.node_at(span.first) == name for span in spans)


# torch tells once in a process that such a convolution may copy its input.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(projects())
def test_every_node_of_a_random_network_puts_out_what_was_analysed(project: Project) -> None:
    source = write(project)
    analysis = analyse(project)
    with torch.device("meta"):
        found = outputs_by_place(source, project)
    for name, shape in found.items():
        assert shape == tuple(analysis.nodes[name].outputs[0]), name
    heard = {name for name, place in source.places.items() if place.module or place.variable}
    assert heard - found.keys() <= {
        name for name, place in source.places.items() if place.variable == "_"
    }


def test_ruff_has_nothing_to_say_about_random_networks(tmp_path: Path) -> None:
    texts: list[str] = []

    @settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
    @given(projects())
    def collect(project: Project) -> None:
        texts.append(write(project).text)

    collect()
    for number, text in enumerate(texts):
        (tmp_path / f"network{number}.py").write_text(text, encoding="utf-8")
    assert ruff_complaints(texts[0], tmp_path) == ""
