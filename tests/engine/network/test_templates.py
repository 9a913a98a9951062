"""Every template opens without trouble, is read and written alike, and computes what was analysed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import resources
from engine.analysis import Analysis, analyse
from engine.codegen import Source, write
from engine.codegen.guard import check
from engine.data import NO_DATA
from engine.layers.base import Shape
from engine.network import storage
from engine.network.network import Network
from engine.training.build import build
from tests.engine.codegen.test_write import ruff_complaints

TEMPLATES = sorted(resources.TEMPLATES.glob("*.convo"))
PARAMETERS = {
    "lenet5": 61_706,
    "alexnet": 61_100_840,
    "alexnet_two_towers": 60_965_224,
    "zfnet": 62_357_608,
    "vgg11": 132_863_336,
    "vgg16": 138_357_544,
    "vgg16_bn": 138_365_992,
    "vgg19": 143_667_240,
    "googlenet": 13_004_888,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
}
"""Published numbers of parameters; ZFNet's and the two towers' follow from their papers' figures."""
SMALL = {
    "autoencoder",
    "convolutional_twin",
    "locally_connected",
    "perceptron",
    "residual",
    "resnet8",
    "tiny_cnn",
    "vgg8",
}

every_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)


def test_there_are_all_the_networks_of_the_lecture_notes_and_small_ones() -> None:
    assert {path.stem for path in TEMPLATES} == PARAMETERS.keys() | SMALL


@every_template
def test_a_template_has_no_problem_but_that_its_data_may_be_for_people_to_choose(
    path: Path,
) -> None:
    project = storage.load(path)
    analysis = analyse(project)
    assert analysis.valid
    unchosen = project.data.name == NO_DATA
    assert [problem.parameter for problem in analysis.problems] == (["data"] if unchosen else [])
    assert unchosen == (path.stem in PARAMETERS and path.stem != "lenet5")


@every_template
def test_a_template_is_written_as_the_program_would_write_it(path: Path) -> None:
    project = storage.load(path)
    text = storage.dumps(project)
    assert text == path.read_text(encoding="utf-8")
    assert storage.loads(text) == project


@every_template
def test_every_node_of_a_template_has_its_place_in_the_file(path: Path) -> None:
    project = storage.load(path)
    nodes = [*project.network.nodes]
    for name, block in project.network.blocks.items():
        nodes += [f"{name}/{node}" for node in block.network.nodes]
    assert project.placement.keys() == set(nodes)
    assert path.read_text(encoding="utf-8").count('"at": [') == len(nodes) + len(project.frames)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_has_the_published_number_of_parameters(name: str) -> None:
    project = storage.load(resources.TEMPLATES / f"{name}.convo")
    assert analyse(project).parameters == PARAMETERS[name]


def test_the_twin_of_the_locally_connected_network_differs_in_one_layer() -> None:
    local, twin = (
        storage.load(resources.TEMPLATES / f"{name}.convo").network
        for name in ("locally_connected", "convolutional_twin")
    )
    pairs = list(zip(local.nodes.values(), twin.nodes.values(), strict=True))
    (one,) = [(a.content, b.content) for a, b in pairs if a != b]
    shared = ("out_channels", "kernel_size", "stride", "padding")
    assert [one[0].values[name] for name in shared] == [one[1].values[name] for name in shared]


@every_template
def test_the_code_of_a_template_is_clean_and_no_class_stands_twice(
    path: Path, tmp_path: Path
) -> None:
    project = storage.load(path)
    source = write(project)
    check(source.text)
    assert ruff_complaints(source.text, tmp_path) == ""
    lines = [line for line in source.text.split("\n") if line.startswith("class ")]
    helpers = [line for line in lines if "LocallyConnected2d(" in line]
    assert len(lines) == len(set(lines)) == len(project.network.blocks) + 1 + len(helpers)


@dataclass
class Listener:
    """What a module's nodes put out while it runs: by module, and by line and variable of a `forward`.

    Shapes are those of one sample.
    """

    module: nn.Module
    filename: str
    modules: dict[str, Shape] = field(default_factory=dict)
    variables: dict[tuple[str, int, str], Shape] = field(default_factory=dict)

    def run(self, *images: Tensor) -> None:
        """Run the module on images and listen."""
        self._paths = {id(module): path for path, module in self.module.named_modules()}
        for path, module in self.module.named_modules():
            module.register_forward_hook(
                lambda _module, _inputs, output, path=path: self._hear(path, output)
            )
        sys.settrace(self._called)
        try:
            self.module(*images)
        finally:
            sys.settrace(None)

    def _hear(self, path: str, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        self.modules[path] = tuple(first.shape[1:])

    def _called(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != self.filename or frame.f_code.co_name != "forward":
            return None
        path = self._paths.get(id(frame.f_locals["self"]))
        if path is None:
            return None
        line = frame.f_lineno

        def listen(inner: FrameType, event: str, argument: object) -> Any:
            nonlocal line
            for name, value in inner.f_locals.items():
                if isinstance(value, Tensor):
                    self.variables[path, line, name] = tuple(value.shape[1:])
            line = inner.f_lineno
            return listen

        return listen


@dataclass(frozen=True)
class Spot:
    """A node at work: its module, or the line and variable of the `forward` of its `holder`."""

    node: str
    module: str
    holder: str
    line: int
    variable: str
    shape: Shape


def spots(
    network: Network,
    analysis: Analysis,
    source: Source,
    key: str = "",
    first: str = "",
    at: str = "",
) -> Iterator[Spot]:
    """Every node, inside blocks in every application.

    `key` is the way to these nodes in `source.places`, `first` the module there and `at` that of
    the application at hand.
    """
    for name, report in analysis.nodes.items():
        if network.nodes[name].kind in ("Input", "Output"):
            continue
        place = source.places[key + name]
        module = at + place.module.removeprefix(first) if place.module else ""
        holder = at.removesuffix(".")
        yield Spot(key + name, module, holder, place.line, place.variable, report.outputs[0])
        applications = analysis.inside.get(name, ())
        for number, application in enumerate(applications):
            numbers = ("0.", f"{number}.") if len(applications) > 1 else ("", "")
            ways = [
                f"{path}.{step}" for path, step in zip((place.module, module), numbers, strict=True)
            ]
            yield from spots(
                application.network, application.analysis, source, f"{key}{name}/", *ways
            )


@every_template
def test_every_node_puts_out_what_was_analysed_inside_blocks_too(path: Path) -> None:
    project = storage.load(path)
    analysis, source = analyse(project), write(project)
    inputs = [node.content for node in project.network.nodes.values() if node.kind == "Input"]
    with torch.device("meta"):
        module = build(source.text).eval()
        listener = Listener(module, type(module).forward.__code__.co_filename)
        listener.run(*(torch.zeros(1, *layer.values["shape"]) for layer in inputs))
    assert sum(item.numel() for item in module.parameters()) == analysis.parameters
    found = list(spots(project.network, analysis, source))
    for spot in found:
        if spot.module:
            heard = listener.modules[spot.module]
        else:
            heard = listener.variables[spot.holder, spot.line, spot.variable]
        assert heard == tuple(spot.shape), spot
    outputs = [name for name, node in project.network.nodes.items() if node.kind == "Output"]
    for name in outputs:
        assert listener.modules[""] if len(outputs) == 1 else source.places[name].variable
        place = source.places[name]
        if place.variable:
            heard = listener.variables["", place.line, place.variable]
            assert heard == tuple(analysis.nodes[name].outputs[0])
    if path.stem == "resnet152":
        assert len(found) == 11 + 50 * 10 + 4 * 3
