"""Every problem: found once, at its root, said in one sentence, and mended by its button."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.analysis import analyse
from engine.layers import catalogue
from engine.network import edits
from engine.network.network import Link, Network, Node
from engine.network.project import DataChoice, Project
from engine.recipe.recipe import Recipe
from tests.engine.analysis.drawing import (
    FLATTEN,
    OUTPUT,
    RELU,
    conv,
    dense,
    grow,
    image,
    layer,
    lenet5,
    mended,
    only,
    pool,
    problems,
    row,
)


def messages(project: Project) -> list[str]:
    return [item.message for item in problems(project)]


def test_a_linear_after_maps_is_mended_by_inserting_flatten() -> None:
    project = row(image(1, 8, 8), conv(4, 3), dense(10), OUTPUT)
    problem = only(project)
    assert problem.message == (
        "dense1 needs a vector of features but gets maps of 4×6×6; put a Flatten before it."
    )
    assert problem.fixes[0].label == "Insert Flatten"
    assert problems(mended(project, problem)) == []


def test_a_kernel_larger_than_its_input_is_mended_by_each_of_its_buttons() -> None:
    project = row(image(1, 8, 8), conv(4, 5), conv(8, 5), FLATTEN, dense(10), OUTPUT)
    problem = only(project)
    assert problem.node == "conv2" and problem.parameter == "kernel_size"
    assert len(problem.fixes) >= 2
    for number in range(len(problem.fixes)):
        assert problems(mended(project, problem, number)) == []


def test_branches_of_unequal_channels_are_made_equal_at_either_one() -> None:
    project = row(image(3, 8, 8), conv(8, 3), RELU)
    project = grow(project, conv(12, 3), "input1")
    project = grow(project, layer("Add"), "relu1", "conv2")
    for item in (FLATTEN, dense(10), OUTPUT):
        project = edits.append(project, item, list(project.network.nodes)[-1])
    problem = only(project)
    assert problem.node == "add1" and "8×6×6" in problem.message and "12×6×6" in problem.message
    labels = [fix.label for fix in problem.fixes]
    assert labels[:2] == ["Set conv2's out channels to 8", "Set conv1's out channels to 12"]
    assert problems(mended(project, problem, 0)) == []
    assert problems(mended(project, problem, 1)) == []


def test_all_problems_are_shown_at_once_and_only_at_their_roots() -> None:
    project = row(image(1, 8, 8), conv(4, 9), RELU, conv(4, 3))
    project = grow(project, conv(4, 3), "input1")
    project = grow(project, dense(5), "conv3")
    project = grow(project, layer("Add"), "conv2", "dense1")
    analysis = analyse(project)
    broken = {item.node for item in analysis.problems if item.severity == "error" and item.node}
    assert broken == {"conv1", "dense1"}
    assert not any(analysis.nodes[name].known for name in ("conv1", "relu1", "conv2", "add1"))
    assert analysis.nodes["relu1"].problems == analysis.nodes["add1"].problems == ()
    assert analysis.nodes["conv3"].outputs == ((4, 6, 6),)
    assert analysis.nodes["dense1"].inputs == ((4, 6, 6),)


def test_a_node_without_input_is_linked_to_the_only_loose_end() -> None:
    project = lenet5()
    project = edits.disconnect(project, [Link("conv2", "tanh2")])
    problem = only(project)
    assert problem.message == "tanh2 has no input; link conv2 to it."
    assert mended(project, problem).network == lenet5().network


def test_a_node_without_input_is_offered_the_loose_ends_the_nearest_first() -> None:
    project = grow(lenet5(), conv(4, 3), "input1")
    project = edits.disconnect(project, [Link("conv2", "tanh2")])
    first = problems(project)[0]
    assert first.message == "tanh2 has no input; link a layer to it."
    assert [fix.label for fix in first.fixes] == ["Link conv2 to tanh2", "Link conv4 to tanh2"]
    assert mended(project, first).network.links >= lenet5().network.links
    for _ in range(3):
        project = grow(project, conv(4, 3), "input1")
    assert len(problems(project)[0].fixes) == 3


def test_what_comes_behind_a_node_is_not_offered_as_its_input() -> None:
    project = grow(Project(), conv(4, 3))
    project = edits.append(project, RELU, "conv1")
    (problem,) = problems(project, "conv1")
    assert [fix.label for fix in problem.fixes] == ["Add an Input before conv1"]


def test_each_unlinked_input_of_a_layer_is_named() -> None:
    project = grow(row(image(1, 8, 8), pool()), layer("MaxUnpool2d"), "pool1")
    name = list(project.network.nodes)[-1]
    assert f"{name} has nothing on its input 'indices'; link a layer to it." in messages(project)
    project = grow(project, pool(), "input1")
    assert all(
        "indices" not in problem.message or not problem.fixes for problem in problems(project)
    )


def test_a_network_without_input_gets_one_of_the_datasets_shape() -> None:
    project = edits.remove(lenet5(), ["input1"])
    first = problems(project)[0]
    assert first.message == "The network has no Input for the images; add one before conv1."
    whole = mended(project, first)
    assert whole.network.nodes["input1"].content == image(1, 8, 8)
    assert Link("input1", "conv1") in whole.network.links


def test_a_network_without_output_gets_one_behind_its_end() -> None:
    project = edits.remove(lenet5(), ["output1"])
    problem = only(project)
    assert problem.message == (
        "The network has no Output, so there is nothing to train; add one after dense2."
    )
    assert problems(mended(project, problem)) == []


def test_a_second_input_is_one_too_many() -> None:
    project = grow(lenet5(), image(1, 32, 32))
    project = grow(project, layer("Add"), "input1", "input2")
    project = grow(project, FLATTEN, "add1")
    project = grow(project, dense(10), list(project.network.nodes)[-1])
    project = grow(project, OUTPUT, list(project.network.nodes)[-1])
    assert messages(project) == [
        "input2 is a second Input, but images enter by one alone, input1; remove input2."
    ]


def test_a_result_that_no_output_uses_is_a_warning_at_its_end() -> None:
    project = grow(lenet5(), conv(4, 3), "input1")
    project = edits.append(project, RELU, "conv4")
    problem = only(project)
    assert problem.severity == "warning"
    assert problem.message == (
        "relu1's result is not used by any Output; link it onward or remove it."
    )
    assert only(mended(project, problem)).node == "conv4"
    assert analyse(project).valid


def test_nodes_on_a_loop_are_known_to_be_on_one() -> None:
    nodes = {"a": Node(image(1, 8, 8)), "b": Node(layer("Add")), "c": Node(RELU), "d": Node(OUTPUT)}
    links = {Link("a", "b"), Link("c", "b", 0, 1), Link("b", "c"), Link("c", "d")}
    project = Project(network=Network(nodes, frozenset(links)))
    analysis = analyse(project)
    (problem,) = analysis.problems
    assert problem.message == (
        "b feeds itself (b → c → b), but a network must run one way; remove the link from c to b."
    )
    assert analysis.order == ("a",) and set(analysis.nodes) == {"a", "b", "c", "d"}
    assert analysis.nodes["b"].problems == (problem,) and not analysis.nodes["d"].known
    assert not analyse(mended(project, problem)).problems[0].message.startswith("b feeds")


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax", "Sigmoid"])
def test_a_squash_before_cross_entropy_is_a_warning(kind: str) -> None:
    project = row(image(1, 8, 8), FLATTEN, dense(10), layer(kind), OUTPUT)
    problem = only(project)
    assert problem.severity == "warning" and "cross-entropy" in problem.message
    assert problems(mended(project, problem)) == []


def test_a_softmax_in_the_middle_is_nobodys_business() -> None:
    assert problems(row(image(1, 8, 8), FLATTEN, layer("Softmax"), dense(10), OUTPUT)) == []


def test_a_softmax_before_a_dropout_before_the_output_is_found() -> None:
    layers = (image(1, 8, 8), FLATTEN, dense(10), layer("Softmax"), layer("Dropout"), OUTPUT)
    assert only(row(*layers)).node == "softmax1"


def test_maps_at_the_output_are_flattened() -> None:
    project = row(image(1, 8, 8), conv(10, 3), OUTPUT)
    problem = only(project)
    assert problem.message == (
        "output1 gets 10×6×6, but telling 10 classes apart takes a vector of 10; "
        "insert global average pooling and Flatten before it."
    )
    assert problems(mended(project, problem, 0)) == []
    flattened = mended(project, problem, 1)
    assert only(flattened).message == (
        "output1 gets 360 numbers, but Digits has 10 classes; insert a Dense layer of 10 before it."
    )
    assert problems(mended(flattened, only(flattened))) == []


def test_another_number_of_outputs_than_classes_is_set_at_the_layer_that_decides_it() -> None:
    project = row(image(1, 8, 8), FLATTEN, dense(7), layer("Dropout"), OUTPUT)
    problem = only(project)
    assert problem.message == (
        "output1 gets 7 numbers, but Digits has 10 classes; set dense1's out_features to 10."
    )
    assert problems(mended(project, problem)) == []


def test_another_number_of_maps_than_classes_is_set_at_the_convolution() -> None:
    average = layer("AdaptiveAvgPool2d", output_size=1)
    project = row(image(1, 8, 8), conv(12, 3), average, FLATTEN, OUTPUT)
    problem = only(project)
    assert problem.fixes[0].label == "Set conv1's out channels to 10"
    assert problems(mended(project, problem)) == []


def test_a_depthwise_convolution_is_passed_on_the_way_to_the_one_that_decides() -> None:
    average = layer("AdaptiveAvgPool2d", output_size=1)
    depthwise = layer("Conv2d", out_channels="same", groups="depthwise")
    project = row(image(1, 8, 8), conv(12, 3), depthwise, average, FLATTEN, OUTPUT)
    assert only(project).fixes[0].label == "Set conv1's out channels to 10"


def test_the_data_decides_how_many_outputs_are_right() -> None:
    project = row(image(3, 32, 32), FLATTEN, dense(10), OUTPUT)
    before = analyse(project)
    assert before.valid
    shapes = edits.set_data(project, DataChoice("shapes"))
    classes = len(catalogue_of("shapes"))
    assert analyse(shapes, before).valid == (classes == 10)


def catalogue_of(name: str) -> tuple[str, ...]:
    from engine.data import describe

    return describe(DataChoice(name)).classes


def test_an_unknown_dataset_is_named_and_asks_nothing_of_the_network() -> None:
    project = row(image(1, 8, 8), FLATTEN, dense(10), OUTPUT)
    unknown = edits.set_data(project, DataChoice("nothing of the kind"))
    problem = only(unknown)
    assert problem.node == ""
    assert problem.message.startswith("There is no dataset 'nothing of the kind'; choose one of ")
    assert problems(mended(unknown, problem)) == []


def test_a_vector_cannot_take_images() -> None:
    project = row(image(64), dense(10), OUTPUT)
    problem = only(project)
    assert problem.message == (
        "input1 takes a vector of 64, but Digits has images of 1×8×8; set its shape to 1×8×8."
    )
    assert mended(project, problem).network.nodes["input1"].content == image(1, 8, 8)


def test_channels_that_are_neither_grey_nor_colour_are_refused() -> None:
    project = row(image(4, 8, 8), FLATTEN, dense(10), OUTPUT)
    problem = only(project)
    assert problem.parameter == "shape" and problem.severity == "error"
    assert problems(mended(project, problem)) == []


def test_colour_for_grey_images_and_some_enlarging_are_fine() -> None:
    assert problems(row(image(3, 32, 32), FLATTEN, dense(10), OUTPUT)) == []


def test_images_blown_up_beyond_reason_are_a_warning() -> None:
    project = row(image(1, 224, 224), FLATTEN, dense(10), OUTPUT)
    problem = only(project)
    assert problem.severity == "warning" and "28 times" in problem.message


def test_two_relus_in_a_row_are_one_too_many() -> None:
    project = row(image(1, 8, 8), conv(4, 3), RELU, RELU, FLATTEN, dense(10), OUTPUT)
    problem = only(project)
    assert problem.message == (
        "relu2 follows relu1, and a second ReLU in a row changes nothing; remove relu2."
    )
    assert problems(mended(project, problem)) == []


def test_a_relu_before_the_output_is_a_warning() -> None:
    project = row(image(1, 8, 8), FLATTEN, dense(10), RELU, OUTPUT)
    problem = only(project)
    assert problem.severity == "warning" and problem.node == "relu1"
    assert problems(mended(project, problem)) == []


def test_batch_norm_over_a_batch_of_one_is_a_warning() -> None:
    norm = layer("BatchNorm2d")
    project = row(image(1, 8, 8), conv(4, 3, bias=False), norm, FLATTEN, dense(10), OUTPUT)
    before = analyse(project)
    assert not before.problems
    single = edits.set_recipe(project, replace(project.recipe, batch_size=1))
    (problem,) = analyse(single, before).problems
    assert problem.node == "norm1" and problem.severity == "warning"
    assert mended(single, problem).recipe.batch_size == 32


def test_a_bias_that_batch_norm_takes_away_is_pointed_out() -> None:
    norm = layer("BatchNorm2d")
    project = row(image(1, 8, 8), conv(4, 3), norm, FLATTEN, dense(10), OUTPUT)
    problem = only(project)
    assert problem.message == (
        "conv1's bias has no effect, because norm1 subtracts each map's mean; set bias to False."
    )
    assert problem.severity == "warning"
    assert problems(mended(project, problem)) == []


def test_a_batch_that_no_machine_holds_is_halved_until_it_fits() -> None:
    project = row(image(3, 64, 64), conv(4096, 3), FLATTEN, dense(10), OUTPUT)
    project = edits.set_recipe(project, Recipe(batch_size=512))
    problem = only(project)
    assert problem.message.startswith("One batch of 512 images needs ")
    assert problem.severity == "warning" and problem.parameter == "batch_size"
    after = mended(project, problem)
    assert problems(after) == []
    doubled = replace(after.recipe, batch_size=2 * after.recipe.batch_size)
    assert problems(edits.set_recipe(after, doubled)) != []


def test_errors_come_before_warnings() -> None:
    project = row(image(1, 8, 8), conv(4, 3), RELU, RELU, dense(10), RELU, OUTPUT)
    severities = [item.severity for item in problems(project)]
    assert severities == sorted(severities) and set(severities) == {"error", "warning"}


def test_a_button_acts_on_the_project_it_is_given() -> None:
    project = row(image(1, 8, 8), FLATTEN, dense(7), OUTPUT)
    problem = only(project)
    wider = edits.set_parameters(project, "dense1", bias=False)
    changed = mended(wider, problem).network.nodes["dense1"].content
    assert changed == layer("Linear", out_features=10, bias=False)


def test_a_button_for_what_is_gone_refuses() -> None:
    project = row(image(1, 8, 8), FLATTEN, dense(7), OUTPUT)
    problem = only(project)
    with pytest.raises(edits.EditError):
        mended(edits.remove(project, ["dense1"]), problem)


def test_every_sentence_of_every_refused_example_is_one_sentence() -> None:
    for kind in catalogue.kinds().values():
        item = kind()
        if not item.ports_in or item.kind() == "Output":
            continue
        for shape in ((5,), (3, 1, 1)):
            project = row(image(*shape))
            project = grow(project, item, *["input1"] * len(item.ports_in))
            name = list(project.network.nodes)[-1]
            for problem in problems(project, name):
                assert problem.message.startswith(name), problem.message
                assert problem.message.endswith(".") and "\n" not in problem.message


def test_an_input_that_is_wrong_leaves_the_others_fields_alone() -> None:
    project = grow(row(image(8, 8)), image(1, 8, 8))
    project = edits.append(project, conv(4, 3), "input2")
    analysis = analyse(project)
    assert not analysis.nodes["input1"].known
    field = analysis.receptive("conv1")
    assert field is not None and field.size == (3, 3)


def test_an_input_is_added_even_where_the_dataset_is_unknown() -> None:
    project = edits.set_data(row(conv(4, 3), RELU), DataChoice("another program's"))
    grown = next(
        fix.edit(project)
        for item in problems(project)
        for fix in item.fixes
        if "Input" in fix.label
    )
    assert grown.network.nodes["input1"].kind == "Input"


def test_an_odd_root_of_what_may_be_negative_is_pointed_out() -> None:
    norm = layer("LPPool2d", norm_type=3)
    problem = only(row(image(1, 8, 8), conv(4, 3), norm, FLATTEN, dense(10), OUTPUT))
    assert problem.severity == "warning" and problem.parameter == "norm_type"
    assert problem.message == (
        "pool1 takes the root of order 3 of sums that can be negative behind conv1, which makes "
        "the loss nan; set norm type to 2."
    )
    project = row(image(1, 8, 8), conv(4, 3), norm, FLATTEN, dense(10), OUTPUT)
    assert problems(mended(project, problem)) == []
    assert not problems(row(image(1, 8, 8), conv(4, 3), RELU, norm, FLATTEN, dense(10), OUTPUT))
