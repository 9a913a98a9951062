"""Nodes made a block, and taken out of it again."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis import analyse
from engine.codegen import write
from engine.layers.catalogue import layer
from engine.network import edits, grouping, storage
from engine.network.errors import EditError
from engine.network.grouping import group, ungroup, unpack_all
from engine.network.network import Instance, Link
from engine.network.order import order
from engine.network.project import Frame, Project
from engine.network.scope import closed, opened
from tests.engine.analysis.drawing import working
from tests.engine.network.drawing import projects

TEMPLATES = Path(__file__).parents[3] / "resources" / "templates"


def chain(*kinds: str) -> Project:
    project, before = Project(), None
    for kind in kinds:
        project = edits.append(project, layer(kind), before)
        before = list(project.network.nodes)[-1]
    return project


def branched() -> Project:
    """Two convolutions over one image, put together: input1 > conv1, conv2 > concat1 > output1."""
    project = chain("Input", "Conv2d", "Concat", "Output")
    project = edits.append(project, layer("Conv2d"), "input1")
    return edits.connect(project, Link("conv2", "concat1", 0, 1))


def links(project: Project) -> set[str]:
    return {f"{a.source}.{a.output} > {a.target}.{a.input}" for a in project.network.links}


def inside(project: Project, block: str = "Block1") -> set[str]:
    found = project.network.blocks[block].network.links
    return {f"{a.source}.{a.output} > {a.target}.{a.input}" for a in found}


def test_a_run_of_layers_becomes_a_block_with_one_input_and_one_output():
    project, name = group(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1", "relu1"])
    assert name == "block1"
    assert list(project.network.nodes) == ["input1", "block1", "output1"]
    assert links(project) == {"input1.0 > block1.0", "block1.0 > output1.0"}
    assert inside(project) == {"input.0 > conv1.0", "conv1.0 > relu1.0", "relu1.0 > output.0"}


def test_the_instance_stands_in_the_middle_and_the_nodes_keep_their_distances():
    before = chain("Input", "Conv2d", "ReLU", "Output")
    project, name = group(before, ["conv1", "relu1"])
    assert project.placement[name] == (450.0, 0.0)
    assert set(project.placement) == {
        "input1",
        "output1",
        name,
        *(f"Block1/{key}" for key in ("input", "conv1", "relu1", "output")),
    }
    x, y = project.placement["Block1/conv1"]
    assert project.placement["Block1/relu1"] == (x + 300, y)
    assert project.placement["Block1/input"][0] < x


def test_an_outer_port_that_feeds_several_nodes_comes_in_once():
    project, name = group(branched(), ["conv1", "conv2", "concat1"])
    assert links(project) == {f"input1.0 > {name}.0", f"{name}.0 > output1.0"}
    assert {"input.0 > conv1.0", "input.0 > conv2.0"} <= inside(project)


def test_several_ports_are_named_after_what_they_carry():
    project, name = group(branched(), ["concat1"])
    block = project.network.blocks["Block1"].network
    assert list(block.nodes) == ["conv1", "conv2", "concat1", "output"]
    assert links(project) >= {f"conv1.0 > {name}.0", f"conv2.0 > {name}.1"}
    project, name = group(branched(), ["conv1", "conv2"])
    assert list(project.network.blocks["Block1"].network.nodes)[-2:] == [
        "conv1_output",
        "conv2_output",
    ]
    assert links(project) >= {f"{name}.0 > concat1.0", f"{name}.1 > concat1.1"}


def test_an_inner_port_that_is_used_twice_outside_goes_out_once():
    project = edits.append(chain("Input", "Conv2d", "ReLU", "Output"), layer("Output"), "conv1")
    project, name = group(project, ["conv1"])
    assert links(project) >= {f"{name}.0 > relu1.0", f"{name}.0 > output2.0"}
    assert list(project.network.blocks["Block1"].network.nodes) == ["input", "conv1", "output"]


def test_pooling_indices_cross_the_border():
    project = chain("Input", "MaxPool2d", "ReLU", "MaxUnpool2d", "Output")
    project = edits.set_parameters(project, "pool1", return_indices=True)
    project = edits.connect(project, Link("pool1", "unpool1", 1, 1))
    before = analyse(project)
    project, name = group(project, ["relu1", "unpool1"])
    assert list(project.network.blocks["Block1"].network.nodes)[:2] == ["pool1", "pool1_indices"]
    assert f"pool1.1 > {name}.1" in links(project)
    assert analyse(project).nodes["output1"].outputs == before.nodes["output1"].outputs


def test_inputs_and_outputs_of_the_network_stay_outside():
    before = chain("Input", "Conv2d", "Output")
    project, _ = group(before, list(before.network.nodes))
    assert list(project.network.nodes) == ["input1", "block1", "output1"]
    with pytest.raises(EditError, match="Inputs and Outputs stay outside"):
        group(before, ["input1", "output1"])
    with pytest.raises(EditError, match="Select at least one"):
        group(before, [])


def test_nodes_with_another_between_them_cannot_become_a_block():
    project = chain("Input", "Conv2d", "ReLU", "Tanh", "Conv2d", "Output")
    with pytest.raises(EditError) as refused:
        group(project, ["conv1", "conv2"])
    assert str(refused.value) == (
        "These nodes cannot become a block, since relu1 stands between conv1 and conv2; "
        "select relu1 too."
    )


def test_nodes_that_are_linked_to_nothing_get_ports_all_the_same():
    project = edits.add(Project(), layer("Conv2d"), (0, 0))
    project, _ = group(project, ["conv1"])
    assert inside(project) == {"input.0 > conv1.0", "conv1.0 > output.0"}


def test_an_equal_selection_becomes_an_instance_of_the_same_block():
    project = chain("Input", "Conv2d", "ReLU", "Conv2d", "ReLU", "Conv2d", "Tanh", "Output")
    project, first = group(project, ["conv1", "relu1"])
    project, second = group(project, ["conv2", "relu2"])
    project, third = group(project, ["conv3", "tanh1"])
    kinds = [project.network.nodes[name].kind for name in (first, second, third)]
    assert kinds == ["Block1", "Block1", "Block2"]
    assert write(project).text.count("class Block1") == 1


def test_nodes_with_names_of_their_own_are_another_block():
    project = chain("Input", "Conv2d", "Conv2d", "Output")
    project = edits.rename(project, "conv1", "stem")
    project, _ = group(project, ["stem"])
    project, name = group(project, ["conv2"])
    assert project.network.nodes[name].kind == "Block2"


def test_a_block_can_be_named_and_a_taken_name_is_refused():
    project, name = group(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1"], "Stem")
    assert name == "stem1" and list(project.network.blocks) == ["Stem"]
    with pytest.raises(EditError, match="'Stem' is that of another block"):
        group(project, ["relu1"], "Stem")
    with pytest.raises(EditError, match="'Conv2d' is the name of a layer"):
        group(project, ["relu1"], "Conv2d")


def test_instances_can_be_grouped_in_their_turn():
    project = chain("Input", "Conv2d", "ReLU", "Tanh", "Output")
    before = analyse(project)
    project, inner = group(project, ["conv1", "relu1"])
    project, _ = group(project, [inner, "tanh1"])
    assert list(write(project).tensors) == ["block1.0.0.weight", "block1.0.0.bias"]
    assert analyse(project).parameters == before.parameters
    assert len(unpack_all(project).network.nodes) == 5


def test_frames_around_the_nodes_go_inside_and_come_out_again():
    project = chain("Input", "Conv2d", "ReLU", "Output")
    project = edits.add_frame(project, Frame((280.0, -50.0), (600.0, 200.0), "Stem"))
    project = edits.add_frame(project, Frame((-50.0, -50.0), (700.0, 200.0), "Start"))
    grouped, name = group(project, ["conv1", "relu1"])
    assert sorted(grouped.frames) == ["Block1/frame1", "frame2"]
    back, _ = ungroup(grouped, name)
    assert back.frames["frame1"] == project.frames["frame1"]


def test_grouping_inside_a_block_passes_the_parameters_on():
    project, outer = group(chain("Input", "Conv2d", "ReLU", "Conv2d", "Output"), ["conv1", "relu1"])
    inner = grouping.promote(opened(project, (outer,)), "Block1", "conv1", "out_channels", "width")
    inner = grouping.set_expression(inner, "conv1", "kernel_size", "width // 8")
    project = closed(project, (outer,), inner)
    project = grouping.set_arguments(project, outer, width=24)
    before = analyse(project)
    inner, name = group(opened(project, (outer,)), ["conv1"])
    project = closed(project, (outer,), inner)
    assert inner.network.nodes[name].content == Instance("Block2", (("width", "width"),))
    assert project.network.blocks["Block2"].parameters == (("width", 16),)
    assert analyse(project).parameters == before.parameters
    assert storage.loads(storage.dumps(project)) == project
    back, _ = ungroup(opened(project, (outer,)), name)
    assert back.network.nodes["conv1"].expressions == (
        ("out_channels", "width"),
        ("kernel_size", "width // 8"),
    )


def test_channels_that_come_in_further_out_are_told_to_the_new_block():
    project, outer = group(chain("Input", "Conv2d", "ReLU", "Conv2d", "Output"), ["conv1", "relu1"])
    inner = opened(project, (outer,))
    inner = edits.append(inner, layer("Conv2d"), "relu1")
    inner = grouping.set_expression(inner, "conv2", "out_channels", "in_channels * 3")
    inner = edits.insert_node_on_link(inner, "conv2", Link("relu1", "output"))
    project = closed(project, (outer,), inner)
    before = analyse(project)
    whole, name = group(opened(project, (outer,)), ["conv1", "relu1", "conv2"])
    assert whole.network.nodes[name].content == Instance("Block2")
    inner, name = group(opened(project, (outer,)), ["conv2"])
    assert inner.network.nodes[name].content == Instance("Block2", (("channels", "in_channels"),))
    project = closed(project, (outer,), inner)
    assert analyse(project).parameters == before.parameters
    back, _ = ungroup(opened(project, (outer,)), name)
    assert back.network.nodes["conv2"].expressions == (("out_channels", "in_channels * 3"),)


def test_a_block_is_not_found_to_be_equal_to_the_one_around_it():
    project, outer = group(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1", "relu1"])
    inner, _ = group(opened(project, (outer,)), ["conv1", "relu1"])
    assert list(closed(project, (outer,), inner).network.blocks) == ["Block1", "Block2"]


def test_repeats_are_unrolled_with_the_arguments_of_the_first():
    project, name = group(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1", "relu1"])
    inner = opened(project, (name,))
    for key in ("out_channels", "padding"):
        inner = grouping.promote(inner, "Block1", "conv1", key)
    project = closed(project, (name,), grouping.set_when(inner, "relu1", "padding == 0"))
    project = grouping.set_arguments(project, name, out_channels=5, padding=1)
    project = grouping.set_first(project, name, padding=0)
    project = grouping.set_repeat(project, name, 3)
    before = analyse(project)
    unrolled, new = ungroup(project, name)
    assert new == ("conv1", "relu1", "conv2", "conv3")
    assert links(unrolled) >= {"relu1.0 > conv2.0", "conv2.0 > conv3.0", "conv3.0 > output1.0"}
    assert [unrolled.network.nodes[key].content.values["padding"] for key in new if "c" in key] == [
        0,
        1,
        1,
    ]
    after = analyse(unrolled)
    assert (after.parameters, after.macs) == (before.parameters, before.macs)
    xs = [unrolled.placement[key][0] for key in ("input1", *new, "output1")]
    assert all(b - a >= 240 for a, b in pairwise(xs))


def test_names_that_are_taken_get_a_free_number():
    project, name = group(chain("Input", "Conv2d", "Output"), ["conv1"])
    project = edits.append(project, layer("Conv2d"), "input1")
    _, new = ungroup(project, name)
    assert new == ("conv2",)


def test_modes_and_frozen_nodes_come_out_as_they_were():
    project = chain("Input", "Conv2d", "ReLU", "Tanh", "Output")
    project = edits.set_mode(project, ["relu1"], "bypassed")
    project = edits.set_frozen(project, ["conv1"], True)
    grouped, name = group(project, ["conv1", "relu1", "tanh1"])
    assert ungroup(grouped, name)[0].network.nodes == project.network.nodes
    muted = edits.set_mode(grouped, [name], "muted")
    nodes = ungroup(edits.set_frozen(muted, [name], True), name)[0].network.nodes
    assert [nodes[key].mode for key in ("conv1", "relu1", "tanh1")] == [
        "muted",
        "bypassed",
        "muted",
    ]
    assert all(nodes[key].frozen for key in ("conv1", "relu1", "tanh1"))


def test_a_condition_around_an_instance_holds_for_what_was_inside():
    project, outer = group(chain("Input", "Conv2d", "ReLU", "Tanh", "Output"), ["conv1", "relu1"])
    inner = grouping.promote(opened(project, (outer,)), "Block1", "conv1", "stride")
    inner = grouping.set_when(inner, "relu1", "stride > 1")
    inner, name = group(inner, ["relu1"])
    inner = grouping.set_when(inner, name, "stride < 4")
    back, _ = ungroup(inner, name)
    assert back.network.nodes["relu1"].when == "(stride < 4) and (stride > 1)"


def test_what_needs_channels_that_nobody_knows_is_not_unpacked():
    project, name = group(chain("Conv2d", "ReLU"), ["conv1"])
    inner = opened(project, (name,))
    inner = grouping.set_expression(inner, "conv1", "out_channels", "in_channels * 2")
    project = closed(project, (name,), inner)
    with pytest.raises(EditError, match=r"Block1/conv1: out_channels needs the channels.*\.$"):
        ungroup(project, name)


def test_channels_are_known_behind_other_blocks_and_in_every_repeat():
    project, name = group(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1"])
    inner = opened(project, (name,))
    inner = grouping.set_expression(inner, "conv1", "out_channels", "in_channels * 2")
    project = grouping.set_repeat(closed(project, (name,), inner), name, 2)
    project = grouping.add_instance(project, "Block1", (900, 0))
    project = edits.insert_node_on_link(project, "block2", Link(name, "relu1"))
    for unpacked in (ungroup(project, "block2")[0], ungroup(project, name)[0], unpack_all(project)):
        assert analyse(unpacked).parameters == analyse(project).parameters
    widths = [
        node.content.values["out_channels"]
        for node in unpack_all(project).network.nodes.values()
        if node.kind == "Conv2d"
    ]
    assert widths == [2, 4, 8]


def test_a_layer_cannot_be_unpacked():
    project = chain("Conv2d")
    with pytest.raises(EditError, match=r"conv1 is a Conv2d, not a block"):
        ungroup(project, "conv1")
    assert unpack_all(project) is project


def test_what_lies_where_the_inside_must_go_is_pushed_right():
    project, name = group(chain("Input", "Conv2d", "ReLU", "Conv2d", "Output"), ["conv1", "relu1"])
    project = grouping.set_repeat(project, name, 4)
    project = edits.move(project, {"conv2": (700.0, 0.0), "output1": (1000.0, 0.0)})
    unrolled, new = ungroup(project, name)
    places = [unrolled.placement[key] for key in unrolled.network.nodes]
    for number, (x, y) in enumerate(places):
        assert not any(abs(x - u) < 240 and abs(y - v) < 110 for u, v in places[:number])
    assert unrolled.placement["conv2"][0] > max(unrolled.placement[key][0] for key in new)


@given(projects(14), st.data())
@settings(max_examples=80, deadline=None)
def test_ungrouping_what_was_grouped_gives_the_same_network(project: Project, data: st.DataObject):
    names = data.draw(st.sets(st.sampled_from(sorted(project.network.nodes) or ["none"])))
    try:
        grouped, name = group(project, names)
    except EditError as error:
        assert re.search(r"\w.*\.$", str(error))
        return
    assert storage.loads(storage.dumps(grouped)) == grouped
    back, new = ungroup(grouped, name)
    assert back.network.nodes == project.network.nodes
    assert back.network.links == project.network.links
    assert set(new) == {key for key in names if key in new}
    assert set(back.network.nodes) <= set(back.placement)


@given(working(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_block_has_the_shapes_and_parameters_of_what_it_is_made_of(
    project: Project, data: st.DataObject
):
    before = analyse(project)
    ranked = list(order(project.network))
    start = data.draw(st.integers(1, len(ranked) - 1))
    end = data.draw(st.integers(start, len(ranked) - 1))
    try:
        grouped, name = group(project, ranked[start : end + 1])
    except EditError:
        return
    after = analyse(grouped)
    assert (after.parameters, after.macs) == (before.parameters, before.macs)
    for key in grouped.network.nodes.keys() - {name}:
        assert after.nodes[key].outputs == before.nodes[key].outputs
    again = analyse(ungroup(grouped, name)[0])
    assert again.nodes == before.nodes


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.convo")), ids=lambda path: path.stem)
def test_a_template_unpacked_has_the_same_numbers(path: Path):
    project = storage.load(path)
    unpacked = unpack_all(project)
    assert not any(isinstance(node.content, Instance) for node in unpacked.network.nodes.values())
    one, other = analyse(project), analyse(unpacked)
    assert (one.parameters, one.macs) == (other.parameters, other.macs)
    assert storage.loads(storage.dumps(unpacked)) == unpacked
