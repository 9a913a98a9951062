"""Into a block and back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from engine.analysis import analyse, entered, inside
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.errors import EditError, StorageError
from engine.network.making import changed
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Frame, Project
from engine.network.scope import block_name, closed, opened, reachable
from engine.network.storage import dumps, loads


def nested() -> Project:
    """An image through `outer` of block Outer, in which `inner` of block Inner has a convolution."""
    conv = Node(layer("Conv2d"), expressions=(("out_channels", "width"),))
    inner = {"x": Node(layer("Input")), "conv": conv, "y": Node(layer("Output"))}
    outer = {
        "x": Node(layer("Input")),
        "inner": Node(Instance("Inner", (("width", "depth * 2"),))),
        "y": Node(layer("Output")),
    }
    whole = {
        "image": Node(layer("Input", shape=(3, 8, 8))),
        "outer": Node(Instance("Outer", (("depth", 5),))),
        "result": Node(layer("Output")),
    }
    networks: list[Network] = []
    for nodes in (inner, outer, whole):
        names = list(nodes)
        links = frozenset(Link(*pair) for pair in itertools.pairwise(names))
        networks.append(Network(nodes, links))
    blocks = {
        "Inner": Block(networks[0], (("width", 4),)),
        "Outer": Block(networks[1], (("depth", 3),)),
    }
    prefixes = {"Inner/": inner, "Outer/": outer, "": whole}
    return Project(
        network=replace(networks[2], blocks=blocks),
        placement={
            prefix + name: (float(place), 0.0)
            for prefix, nodes in prefixes.items()
            for place, name in enumerate(nodes)
        },
        frames={"Inner/frame1": Frame((0.0, 0.0), (10.0, 10.0), "Inside")},
    )


def test_opened_and_closed_again_is_the_same() -> None:
    project = nested()
    for scope in ((), ("outer",), ("outer", "inner")):
        assert closed(project, scope, opened(project, scope)) == project


def test_inside_a_block_names_are_plain() -> None:
    shown = opened(nested(), ("outer", "inner"))
    assert list(shown.network.nodes) == ["x", "conv", "y"]
    assert shown.placement["conv"] == (1.0, 0.0)
    assert list(shown.frames) == ["frame1"]
    assert shown.placement["Outer/inner"] == (1.0, 0.0)
    assert "image" not in shown.placement


def test_an_edit_inside_reaches_the_block_and_nothing_else() -> None:
    project = nested()
    scope = ("outer", "inner")
    edited = edits.append(opened(project, scope), layer("ReLU"), "conv", (7.0, 7.0))
    whole = closed(project, scope, edits.set_name(edited, "Other"))
    assert "relu1" in whole.network.blocks["Inner"].network.nodes
    assert whole.placement["Inner/relu1"] == (7.0, 7.0)
    assert whole.network.blocks["Outer"] is project.network.blocks["Outer"]
    assert whole.network.nodes is project.network.nodes
    assert whole.name == "Other"
    assert loads(dumps(whole)) == whole


def test_a_block_cannot_come_to_hold_itself() -> None:
    project = nested()
    shown = opened(project, ("outer", "inner"))
    nodes = {**shown.network.nodes, "again": Node(Instance("Outer"))}
    looped = replace(shown, network=replace(shown.network, nodes=nodes))
    with pytest.raises(EditError, match="Inner cannot contain itself"):
        closed(project, ("outer", "inner"), looped)


def test_a_scope_is_cut_where_it_leads_nowhere() -> None:
    project = nested()
    assert reachable(project, ("outer", "gone", "more")) == ("outer",)
    assert reachable(project, ("image",)) == ()
    assert block_name(project, ("outer", "inner")) == "Inner"
    with pytest.raises(EditError, match="no block at outer/gone"):
        opened(project, ("outer", "gone"))


def test_inside_a_block_the_values_are_those_of_the_instance_entered() -> None:
    project = nested()
    analysis = inside(project, analyse(project), ("outer", "inner"))
    assert analysis.nodes["x"].outputs == ((3, 8, 8),)
    assert analysis.nodes["conv"].outputs == ((10, 6, 6),)
    assert analysis.valid


def test_what_is_wrong_inside_a_block_is_told_there_with_its_fixes() -> None:
    project = nested()
    scope = ("outer", "inner")
    shown = opened(project, scope)
    project = closed(project, scope, edits.set_parameters(shown, "conv", kernel_size=(9, 9)))
    analysis = analyse(project)
    assert not analysis.valid
    (problem, *_) = inside(project, analysis, scope).problems
    assert problem.node == "conv"
    mended = closed(project, scope, problem.fixes[0].edit(opened(project, scope)))
    assert inside(mended, analyse(mended), scope).valid


def test_a_block_with_arithmetic_that_fails_can_be_entered_all_the_same() -> None:
    project = nested()
    scope = ("outer", "inner")
    shown = opened(project, scope)
    nodes = dict(shown.network.nodes)
    nodes["conv"] = replace(nodes["conv"], expressions=(("out_channels", "width - 10"),))
    broken = closed(project, scope, replace(shown, network=replace(shown.network, nodes=nodes)))
    analysis = inside(broken, analyse(broken), scope)
    assert "out_channels" in analysis.problems[0].message
    assert analysis.nodes["conv"].known


def test_a_block_that_nothing_reaches_assumes_what_its_input_says() -> None:
    project = nested()
    project = edits.disconnect(project, [Link("image", "outer")])
    analysis = inside(project, analyse(project), ("outer",))
    assert analysis.nodes["x"].outputs == ((1, 28, 28),)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"size": [10, 10]', '"size": [0, 10]', "size must be a width and a height above 0"),
        ('"size": [10, 10]', '"color": 1', "frames.frame1.color is no field"),
        ('"frame1"', '"frame 1"', "frames.'frame 1' must start with a letter"),
        ('"Inside"', "7", "frames.frame1.title must be text, not 7"),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused(old: str, new: str, problem: str) -> None:
    text = dumps(nested())
    assert old in text
    with pytest.raises(StorageError, match=problem):
        loads(text.replace(old, new))


def test_arithmetic_may_ask_for_the_channels_that_arrive() -> None:
    project = nested()
    scope = ("outer", "inner")
    shown = opened(project, scope)
    nodes = dict(shown.network.nodes)
    nodes["conv"] = replace(nodes["conv"], expressions=(("out_channels", "in_channels * 7"),))
    project = closed(project, scope, replace(shown, network=replace(shown.network, nodes=nodes)))
    assert inside(project, analyse(project), scope).nodes["conv"].outputs == ((21, 6, 6),)
    alone = edits.disconnect(project, [Link("image", "outer")])
    assert inside(alone, analyse(alone), scope).nodes["conv"].outputs == ((7, 26, 26),)


def test_the_indices_of_a_pooling_arrive_inside_a_block() -> None:
    inner = Network(
        {
            "values": Node(layer("Input")),
            "indices": Node(layer("Input")),
            "unpool": Node(layer("MaxUnpool2d")),
            "out": Node(layer("Output")),
        },
        frozenset(
            {
                Link("values", "unpool", 0, 0),
                Link("indices", "unpool", 0, 1),
                Link("unpool", "out"),
            }
        ),
    )
    outer = Network(
        {
            "input": Node(layer("Input", shape=(3, 8, 8))),
            "pool": Node(layer("MaxPool2d", kernel_size=2, return_indices=True)),
            "up": Node(Instance("Up")),
            "output": Node(layer("Output")),
        },
        frozenset(
            {
                Link("input", "pool"),
                Link("pool", "up", 0, 0),
                Link("pool", "up", 1, 1),
                Link("up", "output"),
            }
        ),
        {"Up": Block(inner)},
    )
    project = Project("Up", outer)
    found = entered(project, analyse(project), ("up",))
    assert not [item for item in found.analysis.problems if item.severity == "error"]
    assert found.analysis.nodes["unpool"].outputs == ((3, 8, 8),)


def test_an_inside_that_grows_beyond_what_a_file_may_hold_is_refused() -> None:
    project = nested()
    node = replace(project.network.nodes["outer"], content=Instance("Outer", repeat=999))
    project = changed(project, nodes={**project.network.nodes, "outer": node})
    inner = opened(project, ("outer",))
    inside = replace(inner.network.nodes["inner"], content=Instance("Inner", repeat=32))
    inner = changed(inner, nodes={**inner.network.nodes, "inner": inside})
    project = closed(project, ("outer",), inner)
    grown = edits.add(opened(project, ("outer", "inner")), layer("ReLU"), (0, 0))
    with pytest.raises(EditError, match="at most 100,000"):
        closed(project, ("outer", "inner"), grown)
    inside = replace(inner.network.nodes["inner"], content=Instance("Inner", repeat=40))
    with pytest.raises(EditError, match="at most 100,000"):
        closed(project, ("outer",), changed(inner, nodes={**inner.network.nodes, "inner": inside}))


def test_a_bypassed_node_inside_tells_the_shape_that_it_hands_on() -> None:
    project = nested()
    scope = ("outer", "inner")
    shown = edits.append(opened(project, scope), layer("ReLU"), "conv")
    project = closed(project, scope, edits.set_mode(shown, ["relu1"], "bypassed"))
    analysis = inside(project, analyse(project), scope)
    assert analysis.nodes["relu1"].outputs == analysis.nodes["conv"].outputs == ((10, 6, 6),)
