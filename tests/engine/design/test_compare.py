"""Comparing two versions of a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings

import resources
from engine.analysis import analyse
from engine.design.compare import Changed, Comparison, Difference, compare
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import DataChoice, Project
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.shift import Shift
from engine.recipe.sgd import SGD
from tests.engine.analysis.drawing import lenet5, working


def template(name: str) -> Project:
    return storage.load(Path(resources.TEMPLATES) / f"{name}.convo")


LENET = template("lenet5")


def only(found: Comparison, status: str) -> Difference:
    (item,) = [item for item in found.nodes if item.status == status]
    return item


@settings(max_examples=20, deadline=None)
@given(project=working())
def test_a_network_is_the_same_as_itself_wherever_its_nodes_lie(project):
    moved = edits.move(project, dict.fromkeys(project.network.nodes, (7.0, 8.0)))
    found = compare(project, moved)
    assert found.same
    assert found.pairs == {name: name for name in project.network.nodes}
    assert found.before == found.after


def test_a_parameter_is_told_with_both_values_and_what_follows_is_affected():
    after = edits.set_parameters(LENET, "conv2", out_channels=20, stride=2)
    found = compare(LENET, after)
    item = only(found, "changed")
    assert (item.before, item.after, item.kind) == ("conv2", "conv2", "Conv2d")
    assert item.changes == (Changed("out_channels", 16, 20), Changed("stride", 1, 2))
    assert item.numbers_before is not None
    assert item.numbers_after is not None
    assert item.numbers_before.output == (16, 10, 10)
    assert item.numbers_after.output == (20, 5, 5)
    assert {item.after for item in found.of("affected")} >= {"tanh2", "pool2"}
    assert not found.links_added
    assert not found.links_removed


def test_totals_are_those_of_the_analysis():
    after = edits.set_parameters(LENET, "conv1", out_channels=8)
    found = compare(LENET, after)
    for numbers, project in ((found.before, LENET), (found.after, after)):
        analysis = analyse(project)
        assert numbers.parameters == analysis.parameters
        assert numbers.macs == analysis.macs
        assert numbers.memory == analysis.memory
        assert numbers.receptive == (32, 32)


def test_a_renamed_node_is_known_by_its_content_and_its_neighbours():
    after = edits.rename(LENET, "conv2", "middle")
    item = only(compare(LENET, after), "renamed")
    assert (item.before, item.after, item.changes) == ("conv2", "middle", ())
    both = edits.set_parameters(after, "middle", kernel_size=3)
    item = only(compare(LENET, both), "renamed")
    assert item.changes == (Changed("kernel_size", 5, 3),)


def test_all_names_at_once_may_be_others():
    after = LENET
    for name in LENET.network.nodes:
        after = edits.rename(after, name, f"x_{name}")
    found = compare(LENET, after)
    assert {item.status for item in found.nodes} == {"renamed"}
    assert found.pairs == {name: f"x_{name}" for name in LENET.network.nodes}


def test_names_that_moved_on_by_counting_are_not_taken_for_the_same_nodes():
    before = lenet5()
    after = edits.append(Project(), layer("Input", shape=(1, 32, 32)), None)
    last, count = "input1", 0
    for name, node in list(before.network.nodes.items())[1:]:
        after = edits.append(after, node.content, last)
        last = list(after.network.nodes)[-1]
        if name == "conv1":
            # A first convolution more pushes the numbers of all that follow.
            after = edits.append(after, layer("Conv2d", out_channels=6, padding=1), last)
            last, count = list(after.network.nodes)[-1], count + 1
    found = compare(before, after)
    assert [item.after for item in found.of("added")] == ["conv2"]
    assert not found.of("removed")
    assert {(item.before, item.after) for item in found.of("renamed")} == {
        ("conv2", "conv3"),
        ("conv3", "conv4"),
    }


def test_an_added_node_on_a_link_is_no_removed_link():
    link = Link("conv1", "tanh1")
    after = edits.insert_on_link(LENET, link, layer("BatchNorm2d"), (0, 0))
    found = compare(LENET, after)
    item = only(found, "added")
    assert item.kind == "BatchNorm2d"
    assert item.numbers_before is None
    assert item.numbers_after is not None
    assert item.numbers_after.parameters == 12
    assert found.links_removed == ()
    back = compare(after, LENET)
    assert only(back, "removed").before == item.after
    assert back.links_added == ()


def test_a_node_of_another_kind_in_the_same_place_was_changed():
    after = edits.remove_and_reconnect(LENET, ["tanh1"])
    after = edits.insert_on_link(after, Link("conv1", "pool1"), layer("ReLU"), (0, 0))
    item = only(compare(LENET, after), "renamed")
    assert item.before == "tanh1"
    assert item.changes == (Changed("kind", "Tanh", "ReLU"),)


def test_a_link_that_goes_elsewhere_is_told():
    before = template("residual")
    link = min(item for item in before.network.links if item.target == "add1")
    other = edits.disconnect(before, [link])
    found = compare(before, other)
    assert found.links_removed == (link,)
    assert compare(other, before).links_added == (link,)


def test_inputs_that_are_only_counted_anew_are_the_same_links():
    before = template("residual")
    feeds = sorted(item for item in before.network.links if item.target == "add1")
    for link in feeds:
        other = edits.disconnect(before, [link])
        assert compare(before, other).links_removed == (link,)
        assert compare(before, other).links_added == ()
    one, two = sorted(feeds, key=lambda item: item.input)
    crossed = edits.disconnect(before, feeds)
    crossed = edits.connect(crossed, replace(two, input=0))
    crossed = edits.connect(crossed, replace(one, input=1))
    assert set(compare(before, crossed).links_removed) == {one, two}


def test_the_recipe_and_the_data_are_told():
    recipe = replace(LENET.recipe.changed(epochs=9), optimizer=SGD())
    after = edits.set_recipe(LENET, recipe)
    after = edits.set_data(after, DataChoice("mnist"))
    found = compare(LENET, after)
    assert Changed("epochs", LENET.recipe.epochs, 9) in found.recipe
    assert Changed("optimizer", LENET.recipe.optimizer.kind(), "SGD") in found.recipe
    assert found.data == (Changed("name", LENET.data.name, "mnist"),)
    assert not found.nodes
    assert not found.same


def test_augmentations_are_told_by_their_kinds_and_what_both_have_by_its_parameters():
    def augmented(*items):
        return edits.set_recipe(LENET, replace(LENET.recipe, augmentations=items))

    before, after = augmented(Shift(), Mixup()), augmented(HorizontalFlip(), Shift(pixels=2))
    assert compare(before, after).recipe == (
        Changed("augmentations", "Shift, Mixup", "HorizontalFlip, Shift"),
        Changed("Shift pixels", 4, 2),
    )
    assert compare(LENET, augmented(Shift())).recipe == (Changed("augmentations", "none", "Shift"),)
    assert compare(before, augmented(Shift(), Mixup())).same


def test_modes_titles_and_freezing_are_changes():
    after = edits.set_mode(LENET, ["tanh1"], "bypassed")
    after = edits.set_frozen(after, ["conv1"], True)
    after = edits.set_title(after, "conv2", "Second")
    changes = {item.after: item.changes for item in compare(LENET, after).of("changed")}
    assert changes == {
        "tanh1": (Changed("mode", "active", "bypassed"),),
        "conv1": (Changed("frozen", False, True),),
        "conv2": (Changed("title", "", "Second"),),
    }


def test_the_insides_of_blocks_are_compared_and_their_names_lead_there():
    before = template("resnet18")
    block, name = next(
        (block, name)
        for block, inside in before.network.blocks.items()
        for name, node in inside.network.nodes.items()
        if node.kind == "Conv2d"
    )
    scope = Project(network=replace(before.network.blocks[block].network))
    inner = edits.set_parameters(scope, name, bias=True).network
    changed = replace(before.network.blocks[block], network=inner)
    blocks = {**before.network.blocks, block: changed}
    after = replace(before, network=replace(before.network, blocks=blocks))
    found = compare(before, after)
    item = next(item for item in found.nodes if item.block)
    assert item.name == f"{block}/{name}"
    assert item.changes == (Changed("bias", False, True),)
    assert found.after.parameters > found.before.parameters


def test_blocks_added_removed_and_with_other_parameters_are_told():
    inner = Network(
        {"x": Node(layer("Input")), "y": Node(layer("Output"))}, frozenset({Link("x", "y")})
    )
    one = Project(network=Network(blocks={"A": Block(inner, (("width", 8),))}))
    other = Project(
        network=Network(blocks={"A": Block(inner, (("width", 16),)), "B": Block(inner)})
    )
    assert [(item.status, item.name, item.changes) for item in compare(one, other).blocks] == [
        ("changed", "A", (Changed("width", 8, 16),)),
        ("added", "B", ()),
    ]
    assert [item.status for item in compare(other, one).blocks] == ["changed", "removed"]


def test_a_block_that_was_only_renamed_is_compared_by_its_instances():
    inner = Network(
        {"x": Node(layer("Input")), "c": Node(layer("Conv2d")), "y": Node(layer("Output"))},
        frozenset({Link("x", "c"), Link("c", "y")}),
    )

    def using(block: str, network: Network) -> Project:
        nodes = {"input1": Node(layer("Input")), "stage": Node(Instance(block))}
        links = frozenset({Link("input1", "stage")})
        return Project(network=Network(nodes, links, {block: Block(network)}))

    other = replace(inner, nodes={**inner.nodes, "c": Node(layer("Conv2d", kernel_size=5))})
    found = compare(using("Old", inner), using("New", other))
    assert "New/c" in [item.name for item in found.nodes]
    assert not found.blocks


def test_differences_stand_in_the_order_of_computing_with_those_gone_where_they_were():
    after = edits.remove_and_reconnect(LENET, ["pool1", "tanh3"])
    after = edits.set_parameters(after, "conv1", padding=2)
    names = [item.name for item in compare(LENET, after).nodes if item.status != "affected"]
    assert names == ["conv1", "pool1", "tanh3"]


def test_large_networks_are_compared_in_a_moment():
    before, after = template("resnet50"), template("resnet152")
    found = compare(before, after)
    assert found.after.parameters - found.before.parameters == 60_192_808 - 25_557_032
    assert [item.changes for item in found.of("changed")] == [
        (Changed("repeat", 4, 8),),
        (Changed("repeat", 6, 36),),
    ]
