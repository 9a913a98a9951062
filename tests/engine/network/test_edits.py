from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layers import catalogue
from engine.layers.catalogue import layer
from engine.network import edits, names, ports
from engine.network.edits import EditError
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.order import order
from engine.network.project import DataChoice, Project
from engine.recipe.recipe import Recipe
from tests.engine.network.drawing import layers, projects


def chain(*kinds: str) -> Project:
    project = Project()
    before = None
    for kind in kinds:
        project = edits.append(project, layer(kind), before)
        before = list(project.network.nodes)[-1]
    return project


def links(project: Project) -> set[str]:
    return {
        f"{link.source}.{link.output} > {link.target}.{link.input}"
        for link in project.network.links
    }


def test_nodes_are_named_by_short_words_with_numbers():
    kinds = ["Conv2d", "ReLU", "MaxPool2d", "Conv2d", "AvgPool2d", "Linear", "BatchNorm2d"]
    project = chain("Input", *kinds, "MaxUnpool2d", "Output")
    expected = "input1 conv1 relu1 pool1 conv2 pool2 dense1 norm1 unpool1 output1"
    assert " ".join(project.network.nodes) == expected


@pytest.mark.parametrize("kind", list(catalogue.kinds()))
def test_every_kind_gets_a_valid_name(kind):
    network = Network()
    edits.check_name(network, edits.new_name(network, kind))


def test_a_freed_number_is_used_again():
    project = edits.remove(chain("ReLU", "ReLU", "ReLU"), ["relu2"])
    assert edits.new_name(project.network, "ReLU") == "relu2"


def test_an_appended_node_is_linked_and_lies_right_of_what_it_follows():
    project = chain("Input", "Conv2d")
    assert links(project) == {"input1.0 > conv1.0"}
    assert project.placement["conv1"] == (300.0, 0.0)


def test_two_nodes_appended_to_one_do_not_cover_each_other():
    project = edits.append(chain("Input", "Conv2d"), layer("Conv2d"), "input1")
    (x, y), (u, v) = project.placement["conv1"], project.placement["conv2"]
    assert x == u
    assert abs(v - y) >= 110


def test_an_input_appended_after_a_node_stays_unlinked():
    assert not edits.append(chain("Conv2d"), layer("Input"), "conv1").network.links


def test_nothing_is_linked_after_an_output():
    assert not edits.append(chain("Output"), layer("Conv2d"), "output1").network.links


def test_a_link_takes_the_place_of_what_fed_that_input():
    project = edits.add(chain("Input", "Conv2d"), layer("Input"), (0, 200))
    assert links(edits.connect(project, Link("input2", "conv1"))) == {"input2.0 > conv1.0"}


def test_a_variadic_layer_takes_each_link_as_one_more():
    project = edits.add(chain("Input", "ReLU"), layer("Add"), (0, 0))
    for source in ("input1", "relu1"):
        project = edits.connect(project, Link(source, "add1"))
    assert links(project) >= {"input1.0 > add1.0", "relu1.0 > add1.1"}
    assert edits.connect(project, Link("input1", "add1")) is project
    assert "input1.0 > add1.2" in links(edits.connect(project, Link("input1", "add1", 0, 1)))


def test_the_inputs_of_a_variadic_layer_close_up_when_one_is_taken_away():
    project = edits.add(chain("Input", "ReLU", "ReLU"), layer("Concat"), (0, 0))
    for source in ("input1", "relu1", "relu2"):
        project = edits.connect(project, Link(source, "concat1"))
    cut = edits.disconnect(project, [Link("relu1", "concat1", 0, 1)])
    assert links(cut) >= {"input1.0 > concat1.0", "relu2.0 > concat1.1"}
    assert links(edits.remove(project, ["input1"])) >= {
        "relu1.0 > concat1.0",
        "relu2.0 > concat1.1",
    }


def test_a_link_that_would_make_a_cycle_is_refused():
    with pytest.raises(EditError, match=r"relu2 cannot feed relu1.*later\.$"):
        edits.connect(chain("ReLU", "ReLU"), Link("relu2", "relu1"))


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (Link("output1", "relu1"), "output1 has no output number 0"),
        (Link("relu1", "input1"), "input1 has no input number 0"),
        (Link("input1", "output1", 1), "input1 has no output number 1"),
        (Link("input1", "output1", 0, 1), "output1 has no input number 1"),
        (Link("nowhere", "output1"), "no node 'nowhere'"),
    ],
)
def test_a_link_to_a_port_that_is_not_there_is_refused(link, sentence):
    with pytest.raises(EditError, match=sentence):
        edits.connect(chain("Input", "ReLU", "Output"), link)


def test_removing_with_reconnecting_joins_the_neighbours():
    project = chain("Input", "Conv2d", "ReLU", "Output")
    joined = edits.remove_and_reconnect(project, ["conv1", "relu1"])
    assert links(joined) == {"input1.0 > output1.0"}
    assert set(joined.placement) == {"input1", "output1"}


def test_removing_with_reconnecting_keeps_the_number_of_a_variadic_input():
    project = edits.add(chain("Input", "ReLU", "Tanh"), layer("Add"), (0, 0))
    for source in ("tanh1", "input1"):
        project = edits.connect(project, Link(source, "add1"))
    joined = edits.remove_and_reconnect(project, ["tanh1"])
    assert links(joined) >= {"relu1.0 > add1.0", "input1.0 > add1.1"}


def test_removing_nothing_changes_nothing():
    project = chain("ReLU")
    assert edits.remove(project, ["gone"]) is project
    assert edits.disconnect(project, [Link("a", "b")]) is project


def test_a_parameter_out_of_range_is_refused_by_the_nodes_name():
    with pytest.raises(EditError, match=r"^conv1: kernel_size must be .*not -1\.$"):
        edits.set_parameters(chain("Conv2d"), "conv1", kernel_size=-1)


def test_setting_the_same_value_changes_nothing():
    project = edits.set_parameters(chain("Conv2d"), "conv1", kernel_size=3)
    assert edits.set_parameters(project, "conv1", kernel_size=(3, 3)) is project


def test_the_links_are_the_same_object_after_a_parameters_edit():
    project = chain("Input", "Conv2d")
    edited = edits.set_parameters(project, "conv1", kernel_size=7)
    assert edited.network.links is project.network.links


def test_links_of_an_output_that_is_switched_off_go():
    project = edits.set_parameters(chain("Input", "MaxPool2d"), "pool1", return_indices=True)
    project = edits.append(project, layer("MaxUnpool2d"), "pool1")
    project = edits.connect(project, Link("pool1", "unpool1", 1, 1))
    project = edits.set_parameters(project, "pool1", return_indices=False)
    assert links(project) == {"input1.0 > pool1.0", "pool1.0 > unpool1.0"}


def test_another_layer_in_a_nodes_place_keeps_the_links_that_it_can():
    project = edits.add(chain("Input", "ReLU"), layer("Add"), (0, 0))
    for source in ("input1", "relu1"):
        project = edits.connect(project, Link(source, "add1"))
    project = edits.set_layer(project, "add1", layer("Conv2d"))
    assert links(project) == {"input1.0 > relu1.0", "input1.0 > add1.0"}


def test_a_renamed_node_keeps_its_place_its_links_and_its_order():
    project = chain("Input", "Conv2d", "ReLU")
    renamed = edits.rename(project, "conv1", "stem")
    assert list(renamed.network.nodes) == ["input1", "stem", "relu1"]
    assert links(renamed) == {"input1.0 > stem.0", "stem.0 > relu1.0"}
    assert renamed.placement["stem"] == project.placement["conv1"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1conv",
        "conv 1",
        "conv-1",
        "_hidden",
        "__class__",
        "class",
        "None",
        "forward",
        "training",
        "state_dict",
        "self",
        "torch",
        "nn",
        "ｃonv",
        "сonv",  # a Cyrillic letter
        "conv\n",
        "relu1",
        "x" * 65,
    ],
)
def test_a_name_that_source_code_cannot_hold_is_refused(name):
    project = chain("Conv2d", "ReLU")
    with pytest.raises(EditError, match=r"\.$"):
        edits.rename(project, "conv1", name)


def test_every_attribute_of_a_torch_module_is_refused_as_a_name():
    own = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert own <= names.MODULE_ATTRIBUTES


def test_a_title_is_any_one_line_of_text():
    project = edits.set_title(chain("Conv2d"), "conv1", "Größe → 卷积 🙂 <b>")
    assert project.network.nodes["conv1"].title == "Größe → 卷积 🙂 <b>"
    for bad in ("two\nlines", "\x00", "\ud800", "x" * 201):
        with pytest.raises(EditError):
            edits.set_title(project, "conv1", bad)


def test_moving_puts_nodes_on_a_grid_of_a_tenth_of_a_pixel():
    project = edits.move(chain("ReLU"), {"relu1": (1.26, -0.04)})
    assert project.placement["relu1"] == (1.3, 0.0)
    assert edits.move(project, {"relu1": (1.3, 0.0)}) is project


def test_a_layer_inserted_on_a_link_stands_between():
    project = chain("Input", "Output")
    project = edits.insert_on_link(project, Link("input1", "output1"), layer("ReLU"), (0, 0))
    assert links(project) == {"input1.0 > relu1.0", "relu1.0 > output1.0"}


def test_an_input_cannot_be_inserted_on_a_link():
    with pytest.raises(EditError, match="Input cannot stand between"):
        edits.insert_on_link(
            chain("Input", "Output"), Link("input1", "output1"), layer("Input"), (0, 0)
        )


def test_a_layer_inserted_before_a_node_covers_no_other():
    project = edits.insert_before(chain("Input", "Linear"), "dense1", 0, layer("Flatten"))
    assert links(project) == {"input1.0 > flatten1.0", "flatten1.0 > dense1.0"}
    at = project.placement["flatten1"]
    others = [place for name, place in project.placement.items() if name != "flatten1"]
    assert all(abs(at[0] - x) >= 240 or abs(at[1] - y) >= 110 for x, y in others)


def test_nothing_can_be_inserted_before_an_unfed_input():
    with pytest.raises(EditError, match="Nothing feeds input number 0 of dense1"):
        edits.insert_before(chain("Linear"), "dense1", 0, layer("Flatten"))


def test_pasted_nodes_get_free_names_and_keep_links_and_layout():
    project = chain("Input", "Conv2d", "ReLU")
    text = edits.copy(project, ["conv1", "relu1"])
    pasted, new = edits.paste(project, text, (50, 400))
    assert new == ("conv2", "relu2")
    assert "conv2.0 > relu2.0" in links(pasted)
    assert pasted.placement["conv2"] == (50, 400)
    assert pasted.placement["relu2"] == (350, 400)


def test_pasting_into_an_empty_project_keeps_the_names():
    project = edits.rename(chain("Conv2d", "ReLU"), "conv1", "stem")
    pasted, new = edits.paste(Project(), edits.copy(project, ["stem", "relu1"]), (0, 0))
    assert new == ("stem", "relu1")
    assert pasted.network == project.network


def test_pasting_what_is_no_copy_is_refused():
    for text in ("", "hello", "{}", "[1]", "\x00"):
        with pytest.raises(EditError, match="no nodes of Convoscope"):
            edits.paste(Project(), text, (0, 0))


def test_pasting_a_copy_of_nothing_changes_nothing():
    project = chain("ReLU")
    assert edits.paste(project, edits.copy(project, []), (0, 0)) == (project, ())


def test_pasted_instances_bring_their_blocks_and_share_equal_ones():
    inner = chain("Input", "ReLU", "Output").network
    source = Project(
        network=Network({"unit1": Node(Instance("Unit", repeat=2))}, blocks={"Unit": Block(inner)}),
        placement={"unit1": (0, 0), **{f"Unit/{name}": (0, 0) for name in inner.nodes}},
    )
    text = edits.copy(source, ["unit1"])
    once, _ = edits.paste(Project(), text, (0, 0))
    twice, new = edits.paste(once, text, (0, 0))
    assert new == ("unit2",)
    assert list(twice.network.blocks) == ["Unit"]
    other = Block(chain("Input", "Tanh", "Output").network)
    crowded = Project(network=Network(blocks={"Unit": other}))
    changed, _ = edits.paste(crowded, text, (0, 0))
    assert list(changed.network.blocks) == ["Unit", "Unit1"]
    assert changed.network.nodes["unit1"].kind == "Unit1"


def test_a_project_is_renamed_by_any_name_that_is_not_empty():
    assert edits.set_name(Project(), "Netz №1").name == "Netz №1"
    with pytest.raises(EditError, match="empty"):
        edits.set_name(Project(), "  ")


def test_the_same_recipe_and_data_are_no_edit():
    project = Project()
    assert edits.set_recipe(project, Recipe()) is project
    assert edits.set_data(project, DataChoice()) is project
    assert edits.set_data(project, DataChoice("mnist")).data.name == "mnist"


def check(project: Project) -> None:
    """What every edit keeps: names, placement, one link to an input, no gaps, no cycle."""
    network = project.network
    assert set(project.placement) == set(network.nodes)
    assert len(order(network)) == len(network.nodes)
    inputs: dict[str, list[int]] = {}
    for link in network.links:
        inputs.setdefault(link.target, []).append(link.input)
        assert link.output < len(ports.outputs(network, network.nodes[link.source]))
        assert ports.has_input(network, network.nodes[link.target], link.input)
    for name, numbers in inputs.items():
        assert len(set(numbers)) == len(numbers)
        if ports.variadic(network.nodes[name]):
            assert sorted(numbers) == list(range(len(numbers)))


@given(projects(), st.data())
@settings(max_examples=60, deadline=None)
def test_any_edit_leaves_a_sound_network_and_the_old_one_untouched(project, data):
    check(project)
    before = project.network
    copied = Network(dict(before.nodes), frozenset(before.links), dict(before.blocks))
    names = sorted(before.nodes)
    if not names:
        return
    some = data.draw(st.sets(st.sampled_from(names)))
    one = data.draw(st.sampled_from(names))
    other = data.draw(st.sampled_from(layers()))
    doings = {
        "remove": lambda: edits.remove(project, some),
        "reconnect": lambda: edits.remove_and_reconnect(project, some),
        "layer": lambda: edits.set_layer(project, one, other),
        "rename": lambda: edits.rename(project, one, "renamed"),
        "append": lambda: edits.append(project, other, one),
        "before": lambda: edits.insert_before(project, one, 0, other),
        "paste": lambda: edits.paste(project, edits.copy(project, some), (0, 0))[0],
        "disconnect": lambda: edits.disconnect(project, sorted(before.links)[:2]),
    }
    doing = data.draw(st.sampled_from(sorted(doings)))
    try:
        check(doings[doing]())
    except EditError as error:
        assert re.search(r"\w.*\.$", str(error))
    assert before == copied
