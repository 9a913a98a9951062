"""How long an analysis takes: of ResNet-152 unpacked and of 5,000 nodes, at first and after an edit."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from engine.analysis import Analysis, analyse
from engine.analysis.measure import forget
from engine.codegen import write
from engine.fields import Value
from engine.layers import catalogue
from engine.layers.base import Layer
from engine.network import edits
from engine.network.network import Link, Network, Node
from engine.network.project import Project

RESNET152 = (3, 8, 36, 3)
"""Bottlenecks per stage (He et al., Deep residual learning for image recognition, 2016, table 1)."""
RESNET_5000 = (30, 80, 359, 30)
"""The same at a scale that makes 5,000 nodes."""


@dataclass
class Drawing:
    """A network that grows at its end."""

    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    links: set[Link] = field(default_factory=set[Link])

    def put(self, name: str, layer: Layer, *sources: str) -> str:
        """A node fed by others; its name."""
        self.nodes[name] = Node(layer)
        self.links |= {Link(source, name, 0, number) for number, source in enumerate(sources)}
        return name

    def convolution(self, name: str, source: str, relu: bool, **values: Value) -> str:
        """A convolution without bias, its BatchNorm and, if asked for, a ReLU; the last one's name."""
        at = self.put(name, catalogue.layer("Conv2d", bias=False, **values), source)
        at = self.put(f"{name}_bn", catalogue.layer("BatchNorm2d"), at)
        return self.put(f"{name}_relu", catalogue.layer("ReLU"), at) if relu else at

    def project(self, name: str) -> Project:
        """What has been drawn."""
        return Project(name, Network(dict(self.nodes), frozenset(self.links)))


def resnet(stages: Sequence[int], classes: int = 10) -> Project:
    """A ResNet of bottlenecks with every layer a node of its own; `stages` counts bottlenecks."""
    drawing = Drawing()
    at = drawing.put("image", catalogue.layer("Input", shape=(3, 224, 224)))
    at = drawing.convolution("stem", at, True, out_channels=64, kernel_size=7, stride=2, padding=3)
    pool = catalogue.layer("MaxPool2d", kernel_size=3, stride=2, padding=1)
    at = drawing.put("pool", pool, at)
    for stage, blocks in enumerate(stages):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            at = _bottleneck(drawing, f"s{stage}b{block}", at, 64 << stage, stride, not block)
    average = catalogue.layer("AdaptiveAvgPool2d", output_size=1)
    at = drawing.put("average", average, at)
    at = drawing.put("flatten", catalogue.layer("Flatten"), at)
    at = drawing.put("dense", catalogue.layer("Linear", out_features=classes), at)
    drawing.put("scores", catalogue.layer("Output"), at)
    return drawing.project("ResNet")


def _bottleneck(
    drawing: Drawing, name: str, source: str, width: int, stride: int, widen: bool
) -> str:
    at = drawing.convolution(f"{name}_a", source, True, out_channels=width, kernel_size=1)
    at = drawing.convolution(
        f"{name}_b", at, True, out_channels=width, kernel_size=3, stride=stride, padding=1
    )
    at = drawing.convolution(f"{name}_c", at, False, out_channels=4 * width, kernel_size=1)
    if widen:
        source = drawing.convolution(
            f"{name}_d", source, False, out_channels=4 * width, kernel_size=1, stride=stride
        )
    at = drawing.put(f"{name}_add", catalogue.layer("Add"), at, source)
    return drawing.put(f"{name}_relu", catalogue.layer("ReLU"), at)


def chain(count: int) -> Project:
    """Convolution, BatchNorm and ReLU again and again, `count` nodes in all, in widths that vary."""
    drawing = Drawing()
    at = drawing.put("image", catalogue.layer("Input", shape=(3, 64, 64)))
    for number in range((count - 5) // 3):
        width = 16 * (1 + number % 7)
        at = drawing.convolution(
            f"conv{number}", at, True, out_channels=width, kernel_size=3, padding=1
        )
    average = catalogue.layer("AdaptiveAvgPool2d", output_size=1)
    at = drawing.put("average", average, at)
    at = drawing.put("flatten", catalogue.layer("Flatten"), at)
    at = drawing.put("dense", catalogue.layer("Linear", out_features=10), at)
    drawing.put("scores", catalogue.layer("Output"), at)
    return drawing.project("Chain")


def measure() -> dict[str, float]:
    """The metrics: 95th percentiles in milliseconds of the process's time.

    `cold`: from nothing, with nothing remembered of other analyses. `scratch`: from nothing.
    `edit`: after an edit of one parameter of a random convolution; `early`: after one of the first,
    which changes every shape behind it; both with the last receptive field, and `edit_in_all` with
    the edit itself. `torch_meta` is torch's own way to the same shapes (the median of three): the
    written module, built and run on the meta device. `calibration` is a fixed loop of plain Python.
    """
    found = {"calibration_ms": percentile(timings(_calibration, 30))}
    residual = resnet(RESNET152)
    found |= _network("resnet152", residual, 200)
    found |= _network("nodes5000", resnet(RESNET_5000), 200)
    found |= _network("chain5000", chain(5000), 200)
    if find_spec("torch") is not None:
        found["torch_meta_resnet152_ms"] = _torch_meta(residual)
    return {name: round(value, 4) for name, value in found.items()}


def _network(name: str, project: Project, edits_made: int) -> dict[str, float]:
    found: dict[str, float] = {f"{name}_nodes": len(project.network.nodes)}

    def cold() -> Analysis:
        forget()
        return analyse(project)

    cold()
    found[f"{name}_cold_ms"] = percentile(timings(cold, 40))
    found[f"{name}_scratch_ms"] = percentile(timings(lambda: analyse(project), 40))
    convolutions = [item for item, node in project.network.nodes.items() if node.kind == "Conv2d"]
    alone, in_all = _edits(project, convolutions, edits_made)
    found[f"{name}_edit_ms"] = percentile(alone)
    found[f"{name}_edit_in_all_ms"] = percentile(in_all)
    alone, _ = _edits(project, convolutions[:1], edits_made)
    found[f"{name}_early_ms"] = percentile(alone)
    return found


def _torch_meta(project: Project) -> float:
    import torch

    from engine.training.build import build

    analysis = analyse(project)
    shape = analysis.nodes[analysis.order[0]].outputs[0]

    def forward() -> None:
        with torch.device("meta"), torch.no_grad():
            build(write(project, analysis).text).eval()(torch.empty(1, *shape))

    forward()
    return percentile(timings(forward, 3), 0.5)


def _edits(project: Project, names: Sequence[str], count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the analysis after each edit, and of edit and analysis together."""
    chance = random.Random(0)
    before = analyse(project)
    alone: list[float] = []
    in_all: list[float] = []
    for _ in range(count):
        name = chance.choice(names)
        parameter, value = chance.choice(
            [
                ("out_channels", chance.randint(1, 512)),
                ("kernel_size", chance.choice([2, 3, 4, 5, 7])),
                ("stride", chance.choice([1, 2, 3])),
            ]
        )
        start = time.process_time_ns()
        edited = edits.set_parameters(project, name, **{parameter: value})
        middle = time.process_time_ns()
        after = analyse(edited, before)
        after.receptive(after.order[-1])
        end = time.process_time_ns()
        alone.append((end - middle) / 1e6)
        in_all.append((end - start) / 1e6)
    return alone, in_all


def _calibration() -> int:
    total = 0
    for number in range(100_000):
        total += number & 7
    return total


def timings(work: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of the process's time that `work` takes, `count` times."""
    found: list[float] = []
    for _ in range(count):
        start = time.process_time_ns()
        work()
        found.append((time.process_time_ns() - start) / 1e6)
    return found


def percentile(values: Sequence[float], part: float = 0.95) -> float:
    """The value that `part` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
