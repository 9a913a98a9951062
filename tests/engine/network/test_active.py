"""What is left of a network whose nodes are not all active, and what analysis and code make of it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from engine.analysis import analyse
from engine.codegen import write
from engine.layers.catalogue import layer
from engine.network.active import active
from engine.network.blocks import expand
from engine.network.edits import connect, set_parameters
from engine.network.network import Block, Instance, Link, Mode, Network, Node
from engine.network.project import Project
from engine.network.storage import StorageError, dumps, loads


def chain(*kinds: str) -> Project:
    """An Input, layers one after the other named `a`, `b`, `c` ..., and an Output."""
    names = ["image", *"abcdefg"[: len(kinds)], "result"]
    layers = [layer("Input"), *map(layer, kinds), layer("Output")]
    nodes = {name: Node(item) for name, item in zip(names, layers, strict=True)}
    links = frozenset(Link(*pair) for pair in itertools.pairwise(names))
    return Project(network=Network(nodes, links), placement=dict.fromkeys(names, (0.0, 0.0)))


def marked(project: Project, name: str, mode: Mode) -> Project:
    nodes = {**project.network.nodes, name: replace(project.network.nodes[name], mode=mode)}
    return replace(project, network=replace(project.network, nodes=nodes))


def branched() -> Project:
    project = chain("Conv2d", "Conv2d", "Concat")
    project = replace(project, network=replace(project.network, links=frozenset()))
    links = [Link("image", "a"), Link("image", "b"), Link("a", "c"), Link("b", "c", 0, 1)]
    for link in [*links, Link("image", "c", 0, 2), Link("c", "result")]:
        project = connect(project, link)
    return project


def test_a_network_of_active_nodes_is_itself() -> None:
    network = chain("Conv2d", "ReLU").network
    assert active(network) is network


def test_a_bypassed_node_hands_its_input_on() -> None:
    project = marked(marked(chain("ReLU", "Tanh", "ReLU"), "a", "bypassed"), "b", "bypassed")
    left = active(project.network)
    assert list(left.nodes) == ["image", "c", "result"]
    assert left.links == {Link("image", "c"), Link("c", "result")}


def test_a_reroute_is_joined_over() -> None:
    left = active(chain("Reroute", "ReLU", "Reroute").network)
    assert left.links == {Link("image", "b"), Link("b", "result")}


def test_a_muted_branch_falls_away_and_the_others_close_up() -> None:
    left = active(marked(branched(), "b", "muted").network)
    assert {link for link in left.links if link.target == "c"} == {
        Link("a", "c"),
        Link("image", "c", 0, 1),
    }


def test_a_layer_behind_a_muted_one_has_no_input() -> None:
    analysis = analyse(marked(chain("Conv2d", "ReLU"), "a", "muted"))
    assert any(problem.message.startswith("b has no input") for problem in analysis.problems)
    assert not analysis.nodes["a"].known


def test_an_idle_node_tells_the_shape_that_it_hands_on() -> None:
    project = marked(chain("Conv2d", "Reroute", "ReLU"), "c", "bypassed")
    nodes = analyse(project).nodes
    assert nodes["b"].inputs == nodes["b"].outputs == nodes["c"].outputs == nodes["a"].outputs


def test_an_edit_beside_a_bypassed_node_is_analysed_as_from_scratch() -> None:
    project = marked(chain("Conv2d", "Tanh", "Conv2d"), "b", "bypassed")
    before = analyse(project)
    after = set_parameters(project, "a", out_channels=5)
    assert active(project.network).links is active(after.network).links
    again, fresh = analyse(after, before), analyse(after)
    assert again.nodes == fresh.nodes
    assert again.problems == fresh.problems
    unmarked = marked(after, "b", "active")
    assert analyse(unmarked, again).nodes == analyse(unmarked).nodes


def test_a_layer_made_variadic_beside_a_muted_one_counts_its_inputs_anew() -> None:
    project = marked(branched(), "a", "muted")
    assert {link.input for link in active(project.network).links if link.target == "c"} == {0, 1}
    nodes = {**project.network.nodes, "c": Node(layer("Add"))}
    other = replace(project.network, nodes=nodes)
    assert {link.input for link in active(other).links if link.target == "c"} == {0, 1}


def test_the_code_knows_nothing_of_idle_nodes() -> None:
    project = marked(chain("Conv2d", "Tanh", "Reroute", "Flatten", "Linear"), "b", "bypassed")
    text = write(project).text
    assert "Tanh" not in text
    assert "Identity" not in text
    assert "nn.Conv2d" in text


def test_idle_nodes_inside_a_block_are_left_out_of_it() -> None:
    inside = marked(chain("Conv2d", "Tanh"), "b", "bypassed").network
    network = Network(blocks={"Part": Block(inside)})
    assert list(expand(network, Instance("Part")).nodes) == ["image", "a", "result"]


@pytest.mark.parametrize("mode", ["bypassed", "muted"])
def test_a_mode_is_saved_and_loaded(mode: Mode) -> None:
    project = marked(chain("Upsample"), "a", mode)
    assert f'"{mode}": true' in dumps(project)
    assert loads(dumps(project)) == project


def test_a_frozen_node_is_saved_and_loaded() -> None:
    project = chain("Conv2d")
    nodes = {**project.network.nodes, "a": Node(layer("Conv2d"), frozen=True)}
    project = replace(project, network=replace(project.network, nodes=nodes))
    assert loads(dumps(project)) == project


@pytest.mark.parametrize(
    ("node", "text", "problem"),
    [
        ("a", '"muted": true, "bypassed": true', "nodes.a.muted and bypassed exclude each other"),
        ("a", '"muted": 1', "nodes.a.muted must be true or false, not 1"),
        ("image", '"bypassed": true', "nodes.image.bypassed is not for an Input or Output"),
    ],
)
def test_a_mode_that_makes_no_sense_is_refused(node: str, text: str, problem: str) -> None:
    whole = dumps(chain("ReLU"))
    head = f'"{node}": {{"kind"'
    assert head in whole
    with pytest.raises(StorageError, match=problem):
        loads(whole.replace(head, f'"{node}": {{{text}, "kind"'))
