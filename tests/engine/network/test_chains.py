"""Nodes in and out of chains, and in place of one another."""

from __future__ import annotations

import pytest

from engine.layers.catalogue import layer
from engine.network import edits, grouping
from engine.network.errors import EditError
from engine.network.network import Link
from engine.network.scope import opened
from tests.engine.network.test_grouping import branched, chain, links


def test_a_detached_node_is_kept_and_the_chain_closes_behind_it():
    project = edits.detach(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1"])
    assert links(project) == {"input1.0 > relu1.0", "relu1.0 > output1.0"}
    assert "conv1" in project.network.nodes
    assert edits.detach(project, ["conv1"]) is project


def test_nodes_that_are_detached_together_stay_linked():
    project = edits.detach(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1", "relu1"])
    assert links(project) == {"input1.0 > output1.0", "conv1.0 > relu1.0"}


def test_a_detached_branch_leaves_its_input_to_what_fed_it():
    project = edits.detach(branched(), ["conv1"])
    assert links(project) == {
        "input1.0 > concat1.0",
        "conv2.0 > concat1.1",
        "input1.0 > conv2.0",
        "concat1.0 > output1.0",
    }


def test_a_node_is_put_into_a_link():
    project = edits.add(chain("Input", "Conv2d", "Output"), layer("ReLU"), (0, 300))
    project = edits.insert_node_on_link(project, "relu1", Link("conv1", "output1"))
    assert links(project) == {"input1.0 > conv1.0", "conv1.0 > relu1.0", "relu1.0 > output1.0"}
    assert edits.insert_node_on_link(project, "relu1", Link("conv1", "relu1")) is project


def test_a_node_that_was_fed_elsewhere_is_fed_by_the_link_then():
    project = edits.append(chain("Input", "Conv2d", "Output"), layer("ReLU"), "input1")
    project = edits.insert_node_on_link(project, "relu1", Link("conv1", "output1"))
    assert links(project) == {"input1.0 > conv1.0", "conv1.0 > relu1.0", "relu1.0 > output1.0"}


@pytest.mark.parametrize(
    ("name", "link", "sentence"),
    [
        ("conv1", Link("relu1", "tanh1"), "a network must run one way and conv1 is linked"),
        ("input1", Link("conv1", "relu1"), "it lacks an input or an output"),
        ("relu1", Link("input1", "output1"), "no link from input1 to output1"),
        ("gone", Link("input1", "conv1"), "no node 'gone'"),
    ],
)
def test_a_node_that_cannot_stand_in_a_link_is_refused(name: str, link: Link, sentence: str):
    with pytest.raises(EditError, match=sentence):
        edits.insert_node_on_link(chain("Input", "Conv2d", "ReLU", "Tanh", "Output"), name, link)


def test_duplicates_are_fed_by_what_feeds_the_originals():
    project, copies = edits.duplicate_linked(
        chain("Input", "Conv2d", "ReLU", "Output"), ["conv1", "relu1"], (0.0, 200.0)
    )
    assert copies == ("conv2", "relu2")
    assert links(project) >= {"input1.0 > conv2.0", "conv2.0 > relu2.0"}
    assert not any(link.startswith("relu2") for link in links(project))
    assert project.placement["conv2"] == (300.0, 200.0)


def test_a_duplicated_merge_takes_all_that_feeds_the_original():
    project, copies = edits.duplicate_linked(branched(), ["concat1", "conv2"], (0.0, 200.0))
    assert copies == ("concat2", "conv3")
    assert links(project) >= {"conv1.0 > concat2.0", "conv3.0 > concat2.1", "input1.0 > conv3.0"}


def test_modes_are_set_on_what_is_neither_input_nor_output():
    project = chain("Input", "Conv2d", "ReLU", "Output")
    muted = edits.set_mode(project, list(project.network.nodes), "muted")
    modes = {name: node.mode for name, node in muted.network.nodes.items()}
    assert modes == {"input1": "active", "conv1": "muted", "relu1": "muted", "output1": "active"}
    assert edits.set_mode(muted, ["conv1"], "muted") is muted
    assert edits.set_mode(muted, ["conv1", "relu1"], "active") == project
    with pytest.raises(EditError, match="input1 is where the network begins or ends"):
        edits.set_mode(project, ["input1"], "bypassed")


def test_nodes_are_frozen_and_thawed():
    project = edits.set_frozen(chain("Conv2d"), ["conv1"], True)
    assert project.network.nodes["conv1"].frozen
    assert edits.set_frozen(project, ["conv1"], True) is project
    assert not edits.set_frozen(project, ["conv1"], False).network.nodes["conv1"].frozen


def test_another_kind_keeps_links_and_the_parameters_that_both_have():
    project = chain("Input", "Conv2d", "Output")
    project = edits.set_parameters(project, "conv1", kernel_size=5, stride=2, padding=2)
    project = edits.set_title(project, "conv1", "Down")
    project = edits.replace(project, ["conv1"], "MaxPool2d")
    node = project.network.nodes["conv1"]
    assert node.content == layer("MaxPool2d", kernel_size=5, stride=2, padding=2)
    assert node.title == "Down"
    assert links(project) == {"input1.0 > conv1.0", "conv1.0 > output1.0"}
    assert edits.replace(project, ["conv1"], "MaxPool2d") is project


def test_another_kind_loses_the_links_that_it_has_no_port_for():
    project = edits.replace(branched(), ["concat1"], "ReLU")
    assert links(project) >= {"conv1.0 > concat1.0", "concat1.0 > output1.0"}
    assert "conv2.0 > concat1.1" not in links(project)
    project = edits.replace(branched(), ["conv1"], "Output")
    assert links(project) >= {"input1.0 > conv1.0", "conv2.0 > concat1.0"}


def test_an_instance_of_a_block_can_take_a_layers_place():
    project, _ = grouping.group(chain("Input", "Conv2d", "ReLU", "Output"), ["conv1"], "Unit")
    project = edits.replace(project, ["relu1"], "Unit")
    assert project.network.nodes["relu1"].kind == "Unit"
    assert links(project) == {"input1.0 > unit1.0", "unit1.0 > relu1.0", "relu1.0 > output1.0"}
    with pytest.raises(EditError, match="no layer or block 'Nothing'"):
        edits.replace(project, ["relu1"], "Nothing")


def test_arithmetic_goes_with_the_parameters_that_it_was_for():
    project, name = grouping.group(chain("Input", "Conv2d", "Output"), ["conv1"], "Unit")
    inner = opened(project, (name,))
    for key in ("out_channels", "stride"):
        inner = grouping.promote(inner, "Unit", "conv1", key)
    pooled = edits.replace(inner, ["conv1"], "MaxPool2d")
    assert pooled.network.nodes["conv1"].expressions == (("stride", "stride"),)
    dense = edits.set_layer(inner, "conv1", layer("Linear"))
    assert dense.network.nodes["conv1"].expressions == ()
