from __future__ import annotations

import networkx
from hypothesis import given, settings

from engine.layers.activation.relu import ReLU
from engine.network.network import Link, Network, Node
from engine.network.order import order, sources, targets, would_cycle
from tests.engine.network.drawing import projects


def net(names: str, *links: str) -> Network:
    return Network(
        {name: Node(ReLU()) for name in names}, frozenset(Link(link[0], link[1]) for link in links)
    )


def test_a_node_comes_after_everything_that_feeds_it():
    assert order(net("cba", "ab", "bc")) == ("a", "b", "c")


def test_of_nodes_that_are_ready_the_one_drawn_first_comes_first():
    assert order(net("acb", "ac", "ab")) == ("a", "c", "b")


def test_nodes_on_a_cycle_and_behind_it_are_left_out():
    assert order(net("abcd", "bc", "cb", "cd")) == ("a",)


def test_links_are_found_by_their_target_in_the_order_of_the_inputs():
    links = frozenset({Link("a", "c", 0, 1), Link("b", "c", 0, 0)})
    network = Network({name: Node(ReLU()) for name in "abc"}, links)
    assert sources(network) == {"c": (Link("b", "c", 0, 0), Link("a", "c", 0, 1))}
    assert targets(network)["a"] == (Link("a", "c", 0, 1),)


def test_a_link_backwards_would_make_a_cycle_and_one_forwards_not():
    network = net("abc", "ab", "bc")
    assert would_cycle(network, "c", "a")
    assert would_cycle(network, "a", "a")
    assert not would_cycle(network, "a", "c")


@given(projects())
@settings(max_examples=50, deadline=None)
def test_the_order_is_the_least_topological_one(project):
    network = project.network
    graph = networkx.DiGraph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from((link.source, link.target) for link in network.links)
    drawn = {name: number for number, name in enumerate(network.nodes)}
    expected = networkx.lexicographical_topological_sort(graph, key=drawn.__getitem__)
    assert order(network) == tuple(expected)
