"""Promoted parameters, and the arithmetic over them."""

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


def stem() -> Project:
    """An image through block1, an instance of Stem: conv1, norm1, relu1 and pool1."""
    project, last = Project(), None
    for kind in ("Input", "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Output"):
        project = edits.append(project, layer(kind), last)
        last = list(project.network.nodes)[-1]
    names = ["conv1", "norm1", "relu1", "pool1"]
    return edits.rename(*grouping.group(project, names, "Stem"), "block1")


def within(project: Project) -> Project:
    return opened(project, ("block1",))


def done(project: Project, inner: Project) -> Project:
    project = closed(project, ("block1",), inner)
    assert loads(dumps(project)) == project
    return project


def promoted() -> Project:
    """The stem with conv1's out_channels promoted as `width`."""
    project = stem()
    return done(
        project, grouping.promote(within(project), "Stem", "conv1", "out_channels", "width")
    )


def test_a_promoted_parameter_has_the_present_value_as_its_default():
    project = promoted()
    assert project.network.blocks["Stem"].parameters == (("width", 16),)
    assert within(project).network.nodes["conv1"].expressions == (("out_channels", "width"),)
    assert analyse(project).nodes["block1"].outputs == analyse(stem()).nodes["block1"].outputs


def test_a_parameter_can_be_promoted_without_entering_the_block():
    project = grouping.promote(stem(), "Stem", "pool1", "kernel_size")
    assert project.network.blocks["Stem"].parameters == (("kernel_size", 2),)


def test_a_second_parameter_of_one_name_is_called_after_its_node():
    project = grouping.promote(stem(), "Stem", "conv1", "kernel_size")
    project = grouping.promote(project, "Stem", "pool1", "kernel_size")
    assert [name for name, _ in project.network.blocks["Stem"].parameters] == [
        "kernel_size",
        "pool1_kernel_size",
    ]


@pytest.mark.parametrize(
    ("node", "parameter", "name", "sentence"),
    [
        ("conv1", "out_channels", "w", "conv1: out_channels follows 'width' already"),
        ("conv1", "colour", "", "conv1 has no parameter 'colour'"),
        ("conv1", "stride", "width", "'width' is the name of another parameter"),
        ("conv1", "stride", "in_channels", "'in_channels' stands for the channels that come in"),
        ("conv1", "stride", "self", "needs itself"),
        ("pool1", "return_indices", "", "return_indices decides which outputs pool1 has"),
        ("nowhere", "stride", "", "There is no node 'nowhere'"),
    ],
)
def test_what_cannot_be_promoted_is_refused(node: str, parameter: str, name: str, sentence: str):
    with pytest.raises(EditError, match=sentence):
        grouping.promote(within(promoted()), "Stem", node, parameter, name)


def test_a_parameter_of_a_block_inside_is_promoted_as_an_argument():
    project, outer = grouping.group(promoted(), ["block1"], "Body")
    project = edits.rename(project, outer, "block1")
    inner = within(project)
    name = next(iter(key for key in inner.network.nodes if key.startswith("block")))
    project = done(project, grouping.promote(inner, "Body", name, "width"))
    content = within(project).network.nodes[name].content
    assert content == Instance("Stem", (("width", "width"),))
    assert analyse(grouping.set_arguments(project, "block1", width=5)).nodes["block1"].outputs[0][
        0
    ] == (5)


def test_arithmetic_is_shown_and_evaluated():
    project = promoted()
    inner = grouping.set_expression(within(project), "conv1", "out_channels", " width * 4 ")
    assert inner.network.nodes["conv1"].expressions == (("out_channels", "width * 4"),)
    assert analyse(done(project, inner)).nodes["block1"].outputs[0][0] == 64
    assert grouping.set_expression(inner, "conv1", "out_channels", "width * 4") is inner


def test_arithmetic_without_names_is_a_plain_value():
    inner = grouping.set_expression(within(promoted()), "conv1", "out_channels", "6 * 4")
    assert inner.network.nodes["conv1"].expressions == ()
    assert inner.network.nodes["conv1"].content.values["out_channels"] == 24
    top = grouping.set_expression(
        edits.add(Project(), layer("Conv2d"), (0, 0)), "conv1", "stride", "2"
    )
    assert top.network.nodes["conv1"].content.values["stride"] == 2


def test_taking_arithmetic_away_leaves_its_value():
    inner = grouping.set_expression(within(promoted()), "conv1", "out_channels", "width * 2")
    inner = grouping.set_expression(inner, "conv1", "out_channels", "")
    assert (
        inner.network.nodes["conv1"]
        == edits.set_parameters(within(stem()), "conv1", out_channels=32).network.nodes["conv1"]
    )
    assert grouping.set_expression(inner, "conv1", "out_channels", "") is inner


def test_a_plain_value_takes_arithmetic_away():
    inner = edits.set_parameters(within(promoted()), "conv1", out_channels=7)
    assert inner.network.nodes["conv1"].expressions == ()
    inner = edits.set_parameters(within(promoted()), "conv1", stride=2)
    assert inner.network.nodes["conv1"].expressions == (("out_channels", "width"),)


@pytest.mark.parametrize(
    ("parameter", "text", "sentence"),
    [
        ("out_channels", "depth * 2", r"uses depth.*known are in_channels, width\.$"),
        ("out_channels", "width *", "not arithmetic that can be read"),
        ("out_channels", "width > 3", "conv1: out_channels must be"),
        ("out_channels", "width - 16", "conv1: out_channels must be"),
        ("out_channels", "width / 0", "divides by zero"),
        ("out_channels", "__import__('os')", "plain arithmetic"),
        ("colour", "width", "conv1 has no parameter 'colour'"),
    ],
)
def test_arithmetic_that_cannot_be_is_refused(parameter: str, text: str, sentence: str):
    with pytest.raises(EditError, match=sentence):
        grouping.set_expression(within(promoted()), "conv1", parameter, text)


def test_arithmetic_over_channels_that_come_in_is_checked_where_they_are_known():
    project = promoted()
    inner = grouping.set_expression(within(project), "conv1", "out_channels", "in_channels - 1")
    (problem, *_) = analyse(done(project, inner)).problems
    assert "out_channels" in problem.message and problem.node == "block1"


def test_arithmetic_means_nothing_outside_a_block():
    project = edits.add(Project(), layer("Conv2d"), (0, 0))
    with pytest.raises(EditError, match=r"'width \* 2' uses width, but conv1 is in no block"):
        grouping.set_expression(project, "conv1", "out_channels", "width * 2")
    with pytest.raises(EditError, match="conv1 is in no block, so no condition"):
        grouping.set_when(project, "conv1", "True")


def test_a_condition_is_set_and_taken_away():
    project = promoted()
    inner = grouping.set_when(within(project), "norm1", "in_channels != width")
    assert analyse(done(project, inner)).parameters == 160 + 32
    off = grouping.set_when(inner, "norm1", "width > 100")
    assert analyse(done(project, off)).parameters == 160
    assert grouping.set_when(off, "norm1", "").network.nodes["norm1"].when == ""


@pytest.mark.parametrize(
    ("node", "text", "sentence"),
    [
        ("norm1", "width", "gives 16, which is neither true nor false"),
        ("norm1", "depth > 1", "uses depth"),
        ("input", "width > 1", "input is a port of Stem"),
        ("norm1", "width >", "not arithmetic"),
    ],
)
def test_a_condition_that_cannot_be_is_refused(node: str, text: str, sentence: str):
    with pytest.raises(EditError, match=sentence):
        grouping.set_when(within(promoted()), node, text)


def test_another_default_reaches_the_instances_that_say_nothing():
    project = grouping.add_instance(promoted(), "Stem", (0, 500))
    project = grouping.set_arguments(project, "stem1", width=8)
    project = grouping.set_default(project, "Stem", "width", 32)
    analysis = analyse(edits.connect(project, Link("input1", "stem1")))
    assert analysis.nodes["block1"].outputs[0][0] == 32
    assert analysis.nodes["stem1"].outputs[0][0] == 8
    assert grouping.set_default(project, "Stem", "width", 32) is project


def test_a_default_that_the_inside_cannot_hold_is_refused():
    for project in (promoted(), within(promoted())):
        with pytest.raises(EditError, match=r"Stem: width cannot be 0: conv1: out_channels must"):
            grouping.set_default(project, "Stem", "width", 0)
        with pytest.raises(EditError, match="Stem has no parameter 'depth'"):
            grouping.set_default(project, "Stem", "depth", 1)


def test_a_renamed_parameter_is_renamed_inside_and_in_every_instance():
    project = promoted()
    inner = grouping.set_expression(within(project), "conv1", "out_channels", "max(width, 2)*width")
    inner = grouping.set_when(inner, "norm1", "in_channels != width")
    project = grouping.set_arguments(done(project, inner), "block1", width=3)
    before = analyse(project)
    project = grouping.rename_parameter(project, "Stem", "width", "maps")
    conv = within(project).network.nodes["conv1"]
    assert conv.expressions == (("out_channels", "max(maps, 2)*maps"),)
    assert project.network.nodes["block1"].content == Instance("Stem", (("maps", 3),))
    assert analyse(project).parameters == before.parameters
    with pytest.raises(EditError, match="stands for the channels"):
        grouping.rename_parameter(project, "Stem", "maps", "in_channels")


def test_a_parameter_that_is_taken_away_leaves_its_default():
    project = promoted()
    inner = grouping.set_when(within(project), "norm1", "in_channels < width")
    project = done(project, inner)
    gone = grouping.demote(project, "Stem", "width")
    assert gone.network.blocks["Stem"].parameters == ()
    nodes = within(gone).network.nodes
    assert nodes["conv1"].content.values["out_channels"] == 16
    assert nodes["conv1"].expressions == ()
    assert nodes["norm1"].when == "in_channels < 16"
    assert analyse(gone).parameters == analyse(project).parameters


def test_a_parameter_that_an_instance_gives_a_value_is_not_taken_away():
    project = grouping.set_arguments(promoted(), "block1", width=3)
    with pytest.raises(EditError, match="since block1 gives it 3"):
        grouping.demote(project, "Stem", "width")


def test_names_are_changed_from_outside_where_all_instances_are_seen():
    inner = within(promoted())
    for edit in (
        lambda: grouping.demote(inner, "Stem", "width"),
        lambda: grouping.rename_parameter(inner, "Stem", "width", "maps"),
        lambda: grouping.rename_block(inner, "Stem", "Head"),
        lambda: grouping.remove_block(inner, "Stem"),
    ):
        with pytest.raises(EditError, match="from inside Stem; leave it first"):
            edit()
