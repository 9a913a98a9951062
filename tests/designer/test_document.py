"""The document as every view hears of it."""

from __future__ import annotations

from designer.document import Document
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.instances import add_instance
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project


def test_another_network_begins_with_nothing_selected(lenet: Document) -> None:
    told: list[tuple[str, ...]] = []
    lenet.select(["output1"])
    lenet.selection_changed.connect(told.append)
    lenet.load(lenet.project, None)
    assert lenet.selection == ()
    assert told == [()]
    lenet.load(Project(), None)
    assert told == [()]


def blocked() -> Document:
    """An image through two instances of one block of a convolution."""
    inner = {"x": Node(layer("Input")), "conv": Node(layer("Conv2d")), "y": Node(layer("Output"))}
    links = frozenset({Link("x", "conv"), Link("conv", "y")})
    nodes = {
        "image": Node(layer("Input")),
        "one": Node(Instance("Part")),
        "two": Node(Instance("Part")),
    }
    network = Network(
        nodes,
        frozenset({Link("image", "one"), Link("one", "two")}),
        {"Part": Block(Network(inner, links))},
    )
    places = dict.fromkeys([*nodes, "Part/x", "Part/conv", "Part/y"], (0.0, 0.0))
    return Document(Project(network=network, placement=places))


def test_an_edit_inside_a_block_changes_every_instance_and_can_be_undone() -> None:
    document = blocked()
    before = document.project
    document.enter(("one",), ["conv"])
    assert document.selected_paths == ("one/conv",)
    document.do("Widen", lambda project: edits.set_parameters(project, "conv", out_channels=3))
    assert document.analysis.nodes["two"].outputs == ((3, 24, 24),)
    assert document.shown_analysis.nodes["conv"].outputs == ((3, 26, 26),)
    document.undo()
    assert document.project is before
    assert document.scope == ("one",)
    assert document.selection == ("conv",)


def test_going_in_and_out_tells_what_is_shown() -> None:
    document = blocked()
    told: list[tuple[list[str], list[str]]] = []
    document.shown_changed.connect(
        lambda old, new: told.append((list(old.network.nodes), list(new.network.nodes)))
    )
    document.enter(("one",))
    document.enter((), ["one"])
    assert told == [
        (["image", "one", "two"], ["x", "conv", "y"]),
        (["x", "conv", "y"], ["image", "one", "two"]),
    ]
    assert document.selection == ("one",)


def test_undoing_the_block_that_is_shown_leads_out_of_it() -> None:
    document = blocked()
    document.do("Add", lambda project: add_instance(project, "Part", (9.0, 9.0), "third"))
    document.enter(("third",))
    document.undo()
    assert document.scope == ()
    assert document.shown is document.project


def test_an_edit_can_be_made_elsewhere_than_where_one_looks() -> None:
    document = blocked()
    document.enter(("one",))
    document.do("Move", lambda project: edits.move(project, {"image": (9.0, 9.0)}), scope=())
    assert document.project.placement["image"] == (9.0, 9.0)
    assert document.scope == ("one",)


def test_a_path_leads_into_its_block() -> None:
    document = blocked()
    document.select_paths(["two/conv"])
    assert document.scope == ("two",)
    assert document.selection == ("conv",)
    document.select_paths(["image", "one"])
    assert document.scope == ()
    assert document.selection == ("image", "one")


def test_undoing_the_rename_of_the_instance_that_is_shown_stays_in_it() -> None:
    document = blocked()
    document.do("Rename", lambda project: edits.rename(project, "two", "second"))
    document.enter(("second",), ["conv"])
    document.undo()
    assert document.scope == ("two",)
    assert document.selection == ("conv",)


def test_who_asks_for_an_edit_may_hear_of_its_refusal_alone() -> None:
    document = blocked()
    told: list[str] = []
    heard: list[str] = []
    document.refused.connect(told.append)
    document.do("Rename", lambda p: edits.rename(p, "two", "one"), refused=heard.append)
    assert len(heard) == 1
    assert told == []
