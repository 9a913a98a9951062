"""Is the module the one that was analysed? Asked before the first step, with real images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.analysis import Analysis
from engine.codegen import CodegenError, write
from engine.codegen.source import Place, Source
from engine.layers.base import Shape
from engine.layers.io.input import Input
from engine.layers.io.output import Output
from engine.network.active import active
from engine.network.project import Project
from engine.training.errors import TrainingError


def input_shape(project: Project, analysis: Analysis) -> Shape:
    """The shape of the one Input of a valid network with an Output; raises `TrainingError` for others."""
    for problem in analysis.problems:
        if problem.severity == "error":
            raise TrainingError(problem.message)
    inputs = _named(project, Input)
    outputs = _named(project, Output)
    if len(inputs) != 1 or not outputs:
        raise TrainingError(
            f"Training needs one Input and an Output, but the network has {len(inputs)} and "
            f"{len(outputs)}; mend that first."
        )
    return analysis.nodes[inputs[0]].outputs[0]


def source_of(project: Project, analysis: Analysis, text: str) -> Source | None:
    """The project's source, where it is this very text; else another version of the program wrote it."""
    try:
        source = write(project, analysis)
    except CodegenError:
        return None
    return source if source.text == text else None


def check_module(
    module: nn.Module,
    project: Project,
    analysis: Analysis,
    source: Source | None,
    images: Tensor,
) -> None:
    """Raise `TrainingError` where the module and the analysis disagree.

    Compared are the count of parameters and, for normalised `images` (n, channels, height, width),
    the shape that the network puts out and, where the `source` is known, every node's module. No
    random number is drawn.
    """
    parameters = sum(item.numel() for item in module.parameters() if item.requires_grad)
    if parameters != analysis.parameters:
        raise TrainingError(
            f"The module has {parameters:,} parameters, but the drawing was analysed to have "
            f"{analysis.parameters:,}; if model.py or project.convo was changed by hand put it back, else "
            "please report this."
        )
    seen = _shapes(module, source.places if source else {}, images)
    results = seen.pop("")
    outputs = _named(project, Output)
    if len(results) != len(outputs):
        raise TrainingError(
            f"The module puts out {len(results)} results, but {len(outputs)} Outputs are drawn; "
            "please report this."
        )
    seen.update({name: (shape,) for name, shape in zip(outputs, results, strict=True)})
    for name, shapes in seen.items():
        expected = tuple(tuple(shape) for shape in analysis.nodes[name].outputs)
        if shapes != expected:
            raise TrainingError(
                f"{name} puts out {_show(shapes)}, but was analysed to put out {_show(expected)}; "
                "please report this."
            )


def _named(project: Project, kind: type) -> list[str]:
    """The active nodes of a kind, in the order of drawing."""
    nodes = active(project.network).nodes
    return [name for name, node in nodes.items() if isinstance(node.content, kind)]


def _shapes(
    module: nn.Module, places: Mapping[str, Place], images: Tensor
) -> dict[str, tuple[Shape, ...]]:
    """What each node's module puts out for one sample, and the network, under the empty name."""
    seen: dict[str, tuple[Shape, ...]] = {}
    children = cast("dict[str, nn.Module]", dict(cast(Any, module).named_modules()))
    hooks: list[Any] = []
    for name, place in places.items():
        child = children.get(place.module)
        if place.module and child is not None and "/" not in name:
            hooks.append(child.register_forward_hook(_hook(name, seen)))
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            result = module(images)
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    seen[""] = _sizes(result)
    return seen


def _hook(name: str, seen: dict[str, tuple[Shape, ...]]) -> Any:
    def hear(module: nn.Module, inputs: Any, output: Any) -> None:
        seen[name] = _sizes(output)

    return hear


def _sizes(output: Any) -> tuple[Shape, ...]:
    tensors = cast("tuple[Tensor, ...]", output if isinstance(output, tuple) else (output,))
    return tuple(tuple(tensor.shape[1:]) for tensor in tensors)


def _show(shapes: tuple[Shape, ...]) -> str:
    return " and ".join("×".join(map(str, shape)) for shape in shapes)
