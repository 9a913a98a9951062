"""Instances of blocks, and blocks by name."""

from __future__ import annotations

import pytest

from engine.analysis import analyse
from engine.layers.catalogue import layer
from engine.network import edits, grouping
from engine.network.errors import EditError
from engine.network.network import Instance, Link
from engine.network.project import Project
from engine.network.scope import closed, opened
from engine.network.storage import dumps, loads


def unit() -> Project:
    """An image through unit1, an instance of Unit: a padded convolution with width, mode and stride."""
    project, last = Project(), None
    for kind in ("Input", "Conv2d", "ReLU", "Output"):
        project = edits.append(project, layer(kind), last)
        last = list(project.network.nodes)[-1]
    project = edits.set_parameters(project, "conv1", padding=1)
    project, name = grouping.group(project, ["conv1"], "Unit")
    inner = opened(project, (name,))
    for key, new in (("out_channels", "width"), ("padding_mode", "mode"), ("stride", "stride")):
        inner = grouping.promote(inner, "Unit", "conv1", key, new)
    return closed(project, (name,), inner)


def instance(project: Project, name: str = "unit1") -> Instance:
    content = project.network.nodes[name].content
    assert isinstance(content, Instance)
    return content


def test_a_new_instance_has_the_blocks_defaults():
    project = grouping.add_instance(unit(), "Unit", (10.04, 20))
    assert instance(project, "unit2") == Instance("Unit")
    assert project.placement["unit2"] == (10.0, 20.0)
    with pytest.raises(EditError, match=r"no block 'Part' in this project \(known: Unit\)"):
        grouping.add_instance(project, "Part", (0, 0))


def test_a_block_cannot_be_put_into_itself():
    project = unit()
    inner = opened(project, ("unit1",))
    with pytest.raises(EditError, match="Unit cannot contain itself"):
        grouping.add_instance(inner, "Unit", (0, 0))
    project, outer = grouping.group(project, ["unit1"], "Outer")
    inner = opened(project, (outer, "unit1"))
    for edit in (
        lambda: grouping.add_instance(inner, "Outer", (0, 0)),
        lambda: edits.replace(inner, ["conv1"], "Outer"),
        lambda: edits.paste(inner, edits.copy(project, [outer]), (0, 0)),
    ):
        with pytest.raises(EditError, match="Unit cannot contain itself"):
            edit()


def test_arguments_are_values_words_and_arithmetic():
    project = grouping.set_arguments(unit(), "unit1", width="4 * 8", mode="reflect", stride=2)
    assert instance(project).arguments == (("width", 32), ("mode", "'reflect'"), ("stride", 2))
    assert analyse(project).nodes["unit1"].outputs == ((32, 14, 14),)
    assert loads(dumps(project)) == project
    assert grouping.set_arguments(project, "unit1", mode="'reflect'") is project


def test_an_argument_set_to_the_default_is_given_up():
    project = unit()
    given = grouping.set_arguments(project, "unit1", width=32, mode="circular")
    assert grouping.set_arguments(given, "unit1", width=16, mode="zeros") == project


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("depth", 3, r"unit1: Unit has no parameter 'depth' \(known: width, mode, stride\)"),
        ("width", 0, "unit1: inside Unit, conv1: out_channels must be"),
        ("width", "wide", "uses wide, but unit1 is in no block"),
        ("width", "in_channels", "uses in_channels, but unit1 is in no block"),
        ("mode", "upside_down", "unit1: inside Unit, conv1: padding_mode must be"),
        ("stride", True, "unit1: inside Unit, conv1: stride must be"),
    ],
)
def test_an_argument_that_the_inside_cannot_hold_is_refused(
    name: str, value: object, sentence: str
):
    for edit in (grouping.set_arguments, grouping.set_first):
        with pytest.raises(EditError, match=sentence):
            edit(unit(), "unit1", **{name: value})


def test_inside_a_block_an_argument_may_be_arithmetic():
    project, outer = grouping.group(unit(), ["unit1", "relu1"], "Outer")
    inner = grouping.promote(opened(project, (outer,)), "Outer", "unit1", "width", "size")
    inner = grouping.set_arguments(inner, "unit1", width="size * 2")
    inner = grouping.set_expression(inner, "unit1", "stride", "in_channels")
    assert instance(inner).arguments == (("width", "size * 2"), ("stride", "in_channels"))
    project = closed(project, (outer,), inner)
    assert analyse(project).nodes[outer].outputs == ((32, 28, 28),)
    with pytest.raises(EditError, match=r"unit1: width: 'breadth' uses breadth.*size"):
        grouping.set_arguments(inner, "unit1", width="breadth")
    with pytest.raises(EditError, match="out_channels must be"):
        grouping.set_arguments(inner, "unit1", width="size - 16")


def test_the_first_application_can_differ():
    project = grouping.set_repeat(unit(), "unit1", 3)
    project = grouping.set_first(project, "unit1", stride=2)
    assert analyse(project).nodes["unit1"].outputs == ((16, 14, 14),)
    assert grouping.set_first(project, "unit1", stride=1) == grouping.set_repeat(unit(), "unit1", 3)


def test_a_repeat_is_a_number_of_times():
    assert grouping.set_repeat(unit(), "unit1", 1) == unit()
    for bad in (0, -1, 1001, True):
        with pytest.raises(EditError, match="a whole number from 1 to 1,000"):
            grouping.set_repeat(unit(), "unit1", bad)
    with pytest.raises(EditError, match="relu1 is a ReLU, not a block"):
        grouping.set_repeat(unit(), "relu1", 2)


def test_a_block_with_more_outputs_than_inputs_is_not_repeated():
    project = unit()
    inner = edits.append(opened(project, ("unit1",)), layer("Output"), "conv1")
    project = closed(project, ("unit1",), inner)
    with pytest.raises(EditError, match="2 outputs for 1 input"):
        grouping.set_repeat(project, "unit1", 2)


def test_more_nodes_than_a_file_may_hold_are_refused():
    project = grouping.set_repeat(unit(), "unit1", 1000)
    project, outer = grouping.group(project, ["unit1"])
    with pytest.raises(EditError, match=r"come to [\d,]+ nodes .* at most 100,000"):
        grouping.set_repeat(project, outer, 1000)


def test_a_renamed_block_is_renamed_everywhere():
    project, outer = grouping.group(unit(), ["unit1"], "Outer")
    project = grouping.rename_block(project, "Unit", "Cell")
    assert list(project.network.blocks) == ["Cell", "Outer"]
    assert opened(project, (outer,)).network.nodes["unit1"].kind == "Cell"
    assert "Cell/conv1" in project.placement
    assert loads(dumps(project)) == project
    for bad, sentence in (("Outer", "another block"), ("ReLU", "name of a layer"), ("1", "letter")):
        with pytest.raises(EditError, match=sentence):
            grouping.rename_block(project, "Cell", bad)


def test_a_block_in_use_is_not_removed():
    project, outer = grouping.group(unit(), ["unit1"], "Outer")
    with pytest.raises(EditError, match="Unit is used in Outer"):
        grouping.remove_block(project, "Unit")
    project = edits.remove(project, [outer])
    with pytest.raises(EditError, match="Unit is used in Outer"):
        grouping.remove_block(project, "Unit")
    project = grouping.remove_block(grouping.remove_block(project, "Outer"), "Unit")
    assert not project.network.blocks
    assert set(project.placement) == {"input1", "relu1", "output1"}


def test_a_block_goes_from_project_to_project_as_text():
    project, _ = grouping.group(unit(), ["unit1"], "Outer")
    text = grouping.copy_block(project, "Outer")
    other = grouping.add_block(Project(), text)
    assert other.network.blocks == project.network.blocks
    assert "Unit/conv1" in other.placement
    assert grouping.add_block(other, text) is other
    for bad in ("", "{}", dumps(Project())):
        with pytest.raises(EditError, match="holds no block"):
            grouping.add_block(Project(), bad)


def test_a_block_of_another_kind_under_a_name_that_is_taken_gets_a_free_one():
    project, _ = grouping.group(unit(), ["unit1"], "Outer")
    changed = edits.set_parameters(opened(project, ("outer1", "unit1")), "conv1", kernel_size=5)
    other = closed(project, ("outer1", "unit1"), changed)
    both = grouping.add_block(other, grouping.copy_block(project, "Outer"))
    assert list(both.network.blocks) == ["Unit", "Outer", "Unit1", "Outer1"]
    assert next(iter(both.network.blocks["Outer1"].network.nodes.values())).kind in ("Input",)
    kinds = {node.kind for node in both.network.blocks["Outer1"].network.nodes.values()}
    assert "Unit1" in kinds


def test_links_at_instances_follow_the_ports_of_the_block():
    project = unit()
    inner = opened(project, ("unit1",))
    inner = edits.append(inner, layer("Output"), "conv1")
    inner = edits.rename(inner, "output1", "second")
    project = closed(project, ("unit1",), inner)
    project = edits.append(project, layer("Output"), None)
    project = edits.connect(project, Link("unit1", "output2", 1))
    renamed = edits.rename(opened(project, ("unit1",)), "second", "other")
    assert closed(project, ("unit1",), renamed).network.links == project.network.links
    gone = edits.remove(opened(project, ("unit1",)), ["output"])
    project = closed(project, ("unit1",), gone)
    assert project.network.links == {
        Link("input1", "unit1"),
        Link("unit1", "output2"),
        Link("relu1", "output1"),
    }
    assert loads(dumps(project)) == project
