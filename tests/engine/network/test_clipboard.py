"""Copies that carry everything, also from inside a block and into one."""

from __future__ import annotations

import pytest

from engine.analysis import analyse
from engine.layers.catalogue import layer
from engine.network import edits, grouping
from engine.network.errors import EditError
from engine.network.network import Link
from engine.network.project import Frame, Project
from engine.network.scope import closed, opened
from engine.network.storage import dumps, loads
from tests.engine.network.test_grouping import chain, links
from tests.engine.network.test_instances import unit


def test_a_copy_carries_modes_and_frozen_nodes():
    project = edits.set_mode(chain("Conv2d", "ReLU"), ["relu1"], "muted")
    project = edits.set_frozen(project, ["conv1"], True)
    pasted, _ = edits.paste(Project(), edits.copy(project, ["conv1", "relu1"]), (0, 0))
    assert pasted.network == project.network


def test_a_copy_carries_the_frames_around_what_is_copied():
    project = edits.add_frame(
        chain("Conv2d", "ReLU"), Frame((-20.0, -20.0), (700.0, 200.0), "Both")
    )
    assert "frames" not in edits.copy(project, ["conv1"])
    pasted, _ = edits.paste(project, edits.copy(project, ["conv1", "relu1"]), (1000.0, 500.0))
    assert pasted.frames["frame2"] == Frame((980.0, 480.0), (700.0, 200.0), "Both")


def test_what_is_copied_inside_a_block_keeps_its_arithmetic_inside_a_block_that_knows_it():
    project = unit()
    inner = grouping.set_when(opened(project, ("unit1",)), "conv1", "in_channels != width")
    text = edits.copy(inner, ["input", "conv1"])
    pasted, names = edits.paste(inner, text, (0.0, 500.0))
    assert names == ("input1", "conv2")
    assert pasted.network.nodes["conv2"] == inner.network.nodes["conv1"]
    assert pasted.placement["input1"] == (0.0, 500.0)
    assert "input1.0 > conv2.0" in links(pasted)
    whole = closed(project, ("unit1",), pasted)
    assert loads(dumps(whole)) == whole


def test_what_is_copied_inside_a_block_leaves_its_values_outside():
    project = unit()
    inner = grouping.set_expression(opened(project, ("unit1",)), "conv1", "out_channels", "width*2")
    inner = grouping.set_when(inner, "conv1", "width > 3")
    text = edits.copy(inner, ["conv1"])
    pasted, (name,) = edits.paste(project, text, (0.0, 500.0))
    node = pasted.network.nodes[name]
    assert node.content == layer("Conv2d", out_channels=32, padding=1)
    assert node.expressions == () and node.when == ""
    assert loads(dumps(pasted)) == pasted
    other, _ = grouping.group(chain("Input", "ReLU", "Output"), ["relu1"], "Other")
    foreign, (name,) = edits.paste(opened(other, ("other1",)), text, (0, 0))
    assert foreign.network.nodes[name].expressions == ()


def test_instances_are_copied_from_inside_a_block_with_their_arguments():
    project, outer = grouping.group(unit(), ["unit1"], "Outer")
    inner = grouping.promote(opened(project, (outer,)), "Outer", "unit1", "width", "size")
    text = edits.copy(inner, ["unit1"])
    again, (name,) = edits.paste(inner, text, (0, 0))
    assert again.network.nodes[name].content == inner.network.nodes["unit1"].content
    alone, (name,) = edits.paste(Project(), text, (0, 0))
    assert list(alone.network.blocks) == ["Unit"]
    assert dict(alone.network.nodes[name].content.arguments) == {"width": 16}
    assert loads(dumps(alone)) == alone


def test_a_copied_block_whose_inner_block_differs_here_is_another_block():
    project, outer = grouping.group(unit(), ["unit1"], "Outer")
    text = edits.copy(project, [outer])
    scope = (outer, "unit1")
    inner = edits.set_parameters(opened(project, scope), "conv1", kernel_size=5, padding=2)
    other = closed(project, scope, inner)
    pasted, (name,) = edits.paste(other, text, (0, 0))
    assert pasted.network.nodes[name].kind == "Outer1"
    pasted = edits.connect(pasted, Link("input1", name))
    found = analyse(pasted).nodes
    assert found[name].parameters < found[outer].parameters


def test_text_that_is_no_project_is_refused_kindly():
    for bad in ("", "hello", "[]", '{"schema_version": 99}', "\x00"):
        with pytest.raises(EditError, match=r"The clipboard holds no nodes of Convoscope: .*\.$"):
            edits.paste(Project(), bad, (0, 0))
    assert edits.paste(Project(), dumps(Project()), (0, 0)) == (Project(), ())
