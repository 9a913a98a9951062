"""A network without data: one notice, and one click that makes it learn from some."""

from __future__ import annotations

from dataclasses import replace

import pytest

import resources
from engine.analysis import analyse
from engine.data import NO_DATA
from engine.network import storage
from engine.network.edits import connect, disconnect
from engine.network.network import Link
from engine.network.project import DataChoice, Project
from engine.network.scope import opened
from tests.engine.analysis.drawing import (
    FLATTEN,
    OUTPUT,
    conv,
    dense,
    grow,
    image,
    pool,
    problems,
    row,
)

NONE = DataChoice(NO_DATA)


def template(name: str) -> Project:
    return storage.load(resources.TEMPLATES / f"{name}.convo")


def test_a_network_without_data_is_valid_with_one_notice() -> None:
    project = replace(row(image(3, 40, 40), conv(4, 3), FLATTEN, dense(7), OUTPUT), data=NONE)
    analysis = analyse(project)
    assert analysis.valid
    (problem,) = analysis.problems
    assert (problem.severity, problem.node, problem.parameter) == ("warning", "", "data")
    assert problem.message == (
        "No data is chosen, so the network can be drawn and exported but not trained; "
        "choose some, such as Shapes."
    )
    assert [fix.label for fix in problem.fixes] == [
        "Learn from Shapes, 6 classes",
        "Learn from CIFAR-10, 10 classes",
    ]


def test_a_dataset_is_chosen_and_the_last_layer_given_its_classes() -> None:
    project = replace(row(image(1, 8, 8), FLATTEN, dense(7), OUTPUT), data=NONE)
    mended = analyse(project).problems[0].fixes[0].edit(project)
    assert mended.data.name == "digits"
    assert mended.network.nodes["dense1"].content.values["out_features"] == 10
    assert problems(mended) == []


def test_a_layer_that_fits_already_is_left_alone() -> None:
    project = replace(row(image(1, 8, 8), FLATTEN, dense(10), OUTPUT), data=NONE)
    fix = analyse(project).problems[0].fixes[0]
    assert fix.label == "Learn from Digits"
    assert fix.edit(project).network == project.network


def test_channels_that_no_dataset_has_are_said() -> None:
    project = replace(row(image(4, 8, 8), FLATTEN, dense(10), OUTPUT), data=NONE)
    (problem,) = analyse(project).problems
    assert problem.fixes == ()
    assert problem.message.endswith("give its Input 1 or 3 channels and choose some.")


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "resnet152", "vgg16_bn", "zfnet"])
def test_one_click_makes_a_network_for_a_thousand_classes_tell_a_datasets_apart(name: str) -> None:
    project = template(name)
    (problem,) = analyse(project).problems
    for fix, classes in zip(problem.fixes, (6, 10), strict=True):
        mended = fix.edit(project)
        analysis = analyse(mended)
        assert analysis.valid and analysis.problems == ()
        for node in mended.network.nodes:
            if mended.network.nodes[node].kind == "Output":
                assert analysis.nodes[node].outputs == ((classes,),)


def test_the_last_layer_is_found_inside_a_block() -> None:
    project = template("alexnet")
    mended = analyse(project).problems[0].fixes[1].edit(project)
    inner = opened(mended, ("classifier",)).network
    assert inner.nodes["fc8"].content.values["out_features"] == 10


def test_an_output_of_the_network_that_gets_indices_is_refused() -> None:
    project = row(image(1, 8, 8), pool(2, return_indices=True), FLATTEN, dense(10), OUTPUT)
    project = disconnect(project, [Link("dense1", "output1")])
    project = connect(project, Link("pool1", "output1", output=1))
    project = grow(project, OUTPUT, "dense1")
    found = [problem for problem in problems(project) if problem.node == "output1"]
    assert [problem.message for problem in found] == [
        "output1 gets the indices of a max pooling, which are positions and not values; "
        "link it to the pooling's other output."
    ]
