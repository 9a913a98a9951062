from __future__ import annotations

from dataclasses import replace

import pytest

from engine.layers.catalogue import layer
from engine.network.blocks import BlockError, expand
from engine.network.network import Block, Instance, Link, Network, Node


def residual() -> Network:
    """A network that knows one block: two paths, of which one has a projection when `stride` > 1."""
    nodes = {
        "x": Node(layer("Input")),
        "conv": Node(
            layer("Conv2d"), expressions=(("out_channels", "width * 4"), ("stride", "stride"))
        ),
        "project": Node(
            layer("Conv2d"),
            expressions=(("out_channels", "width * 4"), ("stride", "stride")),
            when="stride > 1",
        ),
        "sum": Node(layer("Add")),
        "y": Node(layer("Output")),
    }
    links = {
        Link("x", "conv"),
        Link("x", "project"),
        Link("conv", "sum", 0, 0),
        Link("project", "sum", 0, 1),
        Link("sum", "y"),
    }
    block = Block(Network(nodes, frozenset(links)), (("width", 16), ("stride", 1)))
    outer = Network(
        {
            "before": Node(Instance("Residual", (("width", "depth // 2"),))),
        }
    )
    wrapper = Block(outer, (("depth", 8),))
    return Network(blocks={"Residual": block, "Wrapper": wrapper})


def test_parameters_get_the_values_of_their_expressions():
    inner = expand(residual(), Instance("Residual", (("width", 8), ("stride", 2))))
    conv = inner.nodes["conv"]
    assert conv.content == layer("Conv2d", out_channels=32, stride=2)
    assert conv.expressions == ()
    assert inner.nodes["project"].when == ""


def test_a_node_whose_condition_is_false_is_taken_out_and_its_neighbours_joined():
    inner = expand(residual(), Instance("Residual"))
    assert "project" not in inner.nodes
    assert Link("x", "sum", 0, 1) in inner.links


def test_the_first_application_takes_its_own_arguments():
    instance = Instance("Residual", (("width", 8),), repeat=3, first=(("stride", 2),))
    assert "project" in expand(residual(), instance, 0).nodes
    assert "project" not in expand(residual(), instance, 1).nodes


def test_an_instance_inside_a_block_has_constant_arguments_once_opened():
    outer = residual()
    inner = expand(outer, Instance("Wrapper", (("depth", "6 * 2"),)))
    instance = inner.nodes["before"].content
    assert instance == Instance("Residual", (("width", 6),))
    opened = expand(inner, instance)
    assert opened.nodes["conv"].content.values["out_channels"] == 24


@pytest.mark.parametrize(
    ("instance", "sentence"),
    [
        (Instance("Nowhere"), "no block 'Nowhere'"),
        (Instance("Residual", (("depth", 3),)), "Residual has no parameter 'depth'"),
        (Instance("Residual", (("width", "1 / 0"),)), "Residual: width: .*divides by zero"),
        (Instance("Residual", (("width", 0),)), "Residual/conv: out_channels must be"),
        (Instance("Residual", (("stride", True),)), "Residual/conv: stride must be"),
    ],
)
def test_what_cannot_be_opened_is_named(instance, sentence):
    with pytest.raises(BlockError, match=sentence):
        expand(residual(), instance)


def test_in_channels_has_the_value_that_reaches_the_instance():
    network = residual()
    block = network.blocks["Residual"]
    project = replace(block.network.nodes["project"], when="in_channels != width * 4")
    block = replace(
        block, network=replace(block.network, nodes={**block.network.nodes, "project": project})
    )
    network = replace(network, blocks={"Residual": block})
    assert "project" not in expand(network, Instance("Residual"), channels=64).nodes
    assert "project" in expand(network, Instance("Residual"), channels=32).nodes
    with pytest.raises(BlockError, match=r"Residual/project: when: .* channels that come in"):
        expand(network, Instance("Residual"))
