"""Random networks, node by node on torch's meta device: shapes, parameters and the written module."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import given, settings
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.analysis import Analysis, analyse
from engine.codegen import write
from engine.layers.base import Layer
from engine.network.order import sources
from engine.network.project import Project
from engine.training.build import build
from tests.engine.analysis.drawing import lenet5, working


def forward(project: Project, analysis: Analysis) -> dict[str, tuple[torch.Tensor, int]]:
    """Each node's output on the meta device, and the number of its learnable numbers."""
    feeds = sources(project.network)
    values: dict[str, Any] = {}
    found: dict[str, tuple[torch.Tensor, int]] = {}
    for name in analysis.order:
        content = project.network.nodes[name].content
        assert isinstance(content, Layer)
        shapes = analysis.nodes[name].inputs
        space: dict[str, Any] = {"torch": torch, "nn": nn}
        count = 0
        if not shapes:
            values[name] = torch.empty(2, *analysis.nodes[name].outputs[0], device="meta")
        else:
            inputs = [f"value{number}" for number in range(len(shapes))]
            space |= dict(zip(inputs, (values[link.source] for link in feeds[name]), strict=True))
            code = content.code(*shapes)
            if code:
                with torch.device("meta"):
                    space["module"] = eval(code, space)
                count = sum(item.numel() for item in space["module"].parameters())
            values[name] = eval(content.call("module" if code else "", inputs, shapes), space)
        found[name] = values[name], count
    return found


def check(project: Project) -> None:
    analysis = analyse(project)
    for name, (value, count) in forward(project, analysis).items():
        report = analysis.nodes[name]
        assert tuple(value.shape[1:]) == report.outputs[0], name
        assert count == report.parameters, name
        if project.network.nodes[name].kind != "Output":
            assert value[0].numel() * 4 == report.memory, name


@given(working())
@settings(max_examples=25, deadline=None)
def test_every_shape_and_count_is_torchs(project: Project) -> None:
    check(project)


@given(working(most=8))
@settings(max_examples=10, deadline=None)
def test_the_written_module_has_the_analysed_numbers(project: Project) -> None:
    analysis = analyse(project)
    module = build(write(project, analysis).text).to("meta").eval()
    assert sum(item.numel() for item in module.parameters()) == analysis.parameters
    image = torch.empty(1, *analysis.nodes["input1"].outputs[0], device="meta")
    with FlopCounterMode(display=False) as counter:
        assert tuple(module(image).shape[1:]) == analysis.nodes[analysis.order[-1]].outputs[0]
    assert counter.get_total_flops() == 2 * analysis.macs


def test_lenet5_is_what_torch_makes_of_it() -> None:
    check(lenet5())
