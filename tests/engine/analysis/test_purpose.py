"""What a network is for: the loss says what comes out of it, and something must be left to learn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from engine.analysis import analyse
from engine.data import catalogue
from engine.layers.base import Layer
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project
from engine.recipe.bce import BCEWithLogitsLoss
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.hinge import MultiMarginLoss
from engine.recipe.loss import Loss
from engine.recipe.mse import MSELoss
from engine.recipe.nll import NLLLoss
from tests.engine.analysis.drawing import (
    FLATTEN,
    OUTPUT,
    conv,
    dense,
    grow,
    image,
    layer,
    lenet5,
    mended,
    only,
    problems,
    row,
)


def test_a_second_output_is_an_auxiliary_head_and_wants_the_same_scores() -> None:
    project = grow(lenet5(), FLATTEN, "pool1")
    project = grow(project, dense(7), list(project.network.nodes)[-1])
    project = grow(project, OUTPUT, list(project.network.nodes)[-1])
    problem = only(project)
    assert problem.message == (
        "output2 gets 7 numbers, but Digits has 10 classes; set dense3's out_features to 10."
    )
    assert problems(mended(project, problem)) == []


def rebuilding(*layers: Layer) -> Project:
    project = row(*layers, OUTPUT)
    return replace(project, recipe=replace(project.recipe, loss=MSELoss()))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            (conv(4, 3),),
            "output1 gets 4×6×6, but MSELoss compares it with the image, 1×8×8; "
            "insert an Upsample to 8×8 and a 1×1 convolution with 1 maps before it.",
        ),
        (
            (conv(4, 3, padding=1),),
            "output1 gets 4×8×8, but MSELoss compares it with the image, 1×8×8; "
            "set conv1's out_channels to 1.",
        ),
        (
            (layer("Upsample"),),
            "output1 gets 1×16×16, but MSELoss compares it with the image, 1×8×8; "
            "insert an average pooling to 8×8 before it.",
        ),
        (
            (FLATTEN, dense(64)),
            "output1 gets a vector of 64, but MSELoss compares it with the image, 1×8×8; "
            "insert a Reshape to 1×8×8 before it.",
        ),
        (
            (FLATTEN, dense(10)),
            "output1 gets a vector of 10, but MSELoss compares it with the image, 1×8×8; "
            "insert a Dense layer of 64 and a Reshape to 1×8×8 before it.",
        ),
        (
            (conv(4, 3), layer("Reshape", shape=(12, 12))),
            "output1 gets 12×12, but MSELoss compares it with the image, 1×8×8; "
            "insert a Dense layer of 64 and a Reshape to 1×8×8 before it.",
        ),
    ],
)
def test_rebuilding_an_image_takes_its_shape(layers: tuple[Layer, ...], message: str) -> None:
    project = rebuilding(image(1, 8, 8), *layers)
    problem = next(item for item in problems(project) if item.node == "output1")
    assert problem.message == message
    assert problems(mended(project, problem)) == []


def test_an_image_at_the_output_offers_to_be_compared_with_the_input() -> None:
    project = row(image(1, 8, 8), conv(1, 3, padding=1), OUTPUT)
    problem = only(project)
    assert problem.fixes[-1].label == "Rebuild the image, by MSELoss"
    assert problems(mended(project, problem, len(problem.fixes) - 1)) == []


def test_class_scores_at_the_output_of_a_rebuilding_network_offer_to_tell_classes() -> None:
    project = rebuilding(image(1, 8, 8), FLATTEN, dense(10))
    problem = only(project)
    assert problem.fixes[-1].label == "Tell classes apart, by CrossEntropyLoss"
    assert problems(mended(project, problem, 1)) == []


def learning_by(loss: Loss, *layers: Layer) -> Project:
    project = row(image(1, 8, 8), FLATTEN, *layers, OUTPUT)
    return replace(project, recipe=replace(project.recipe, loss=loss))


def test_two_classes_at_most_are_told_by_one_score() -> None:
    project = learning_by(BCEWithLogitsLoss(), dense(10))
    problem = only(project)
    assert problem.message == (
        "BCEWithLogitsLoss tells 2 classes apart, but Digits has 10 classes; train by CrossEntropyLoss."
    )
    assert problems(mended(project, problem)) == []


def test_as_many_class_weights_as_classes_are_wanted() -> None:
    loss = CrossEntropyLoss(class_weights=(1, 2, 0.5))
    project = learning_by(loss, dense(10))
    problem = only(project)
    assert problem.message == (
        "CrossEntropyLoss has 3 class weights, but Digits has 10 classes; give one weight for each."
    )
    assert [fix.label for fix in problem.fixes] == ["Make them 10", "Weigh all alike"]
    assert mended(project, problem).recipe.loss == loss.fitted(10)
    assert mended(project, problem, 1).recipe.loss == CrossEntropyLoss()
    assert problems(mended(project, problem)) == problems(mended(project, problem, 1)) == []


def test_of_two_classes_one_score_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = replace(catalogue()["digits"], classes=("small", "large"))
    monkeypatch.setitem(catalogue(), "digits", halves)  # type: ignore[arg-type]
    project = learning_by(BCEWithLogitsLoss(), dense(2))
    problem = only(project)
    assert problem.message == (
        "output1 gets 2 numbers, but BCEWithLogitsLoss wants 1 for the 2 classes of Digits; "
        "set dense1's out_features to 1."
    )
    assert problems(mended(project, problem)) == []
    assert (
        "twice it learns slowly"
        in only(learning_by(BCEWithLogitsLoss(), dense(1), layer("Sigmoid"))).message
    )


def test_the_log_likelihood_wants_log_softmax_before_the_output() -> None:
    assert problems(learning_by(NLLLoss(), dense(10), layer("LogSoftmax"))) == []
    project = learning_by(NLLLoss(), dense(10))
    problem = only(project)
    assert problem.message == (
        "The negative log-likelihood loss wants LogSoftmax before output1, but there is dense1; "
        "insert LogSoftmax or train by CrossEntropyLoss."
    )
    assert problem.severity == "warning"
    for number in range(2):
        assert problems(mended(project, problem, number)) == []
    softmax = only(learning_by(NLLLoss(), dense(10), layer("Softmax")))
    assert "wants the logarithms that LogSoftmax gives" in softmax.message


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax", "Sigmoid", "ReLU"])
def test_the_hinge_wants_raw_scores(kind: str) -> None:
    project = learning_by(MultiMarginLoss(), dense(10), layer(kind))
    problem = only(project)
    assert "stands before the hinge loss, which" in problem.message
    assert problems(mended(project, problem)) == []


def test_a_squash_before_the_mean_squared_error_is_a_warning() -> None:
    project = rebuilding(image(1, 8, 8), conv(1, 3, padding=1), layer("Sigmoid"))
    problem = only(project)
    assert problem.message == (
        "sigmoid1 stands before the mean squared error loss, which compares with normalised pixels, "
        "from about -3 to 3; remove sigmoid1."
    )


def frozen(project: Project, *names: str) -> Project:
    nodes = dict(project.network.nodes)
    for name in names:
        nodes[name] = replace(nodes[name], frozen=True)
    return replace(project, network=replace(project.network, nodes=nodes))


def test_a_network_with_every_weight_frozen_cannot_learn() -> None:
    project = row(image(1, 8, 8), conv(4, 3), FLATTEN, dense(10), OUTPUT)
    assert problems(frozen(project, "conv1", "flatten1")) == []
    project = frozen(project, "conv1", "dense1")
    problem = only(project)
    assert problem.message == (
        "Every layer with weights is frozen, so nothing can learn; unfreeze one of them."
    )
    assert not analyse(project).valid
    thawed = mended(project, problem)
    assert problems(thawed) == []
    assert not any(node.frozen for node in thawed.network.nodes.values())


def test_the_weights_inside_a_block_count_as_frozen_where_their_nodes_are() -> None:
    inner = row(image(1, 8, 8), conv(4, 3), OUTPUT).network
    outer = row(image(1, 8, 8), FLATTEN, dense(10), OUTPUT)
    nodes = {
        "input1": outer.network.nodes["input1"],
        "body": Node(Instance("Body", repeat=2)),
        "flatten1": outer.network.nodes["flatten1"],
        "dense1": replace(outer.network.nodes["dense1"], frozen=True),
        "output1": outer.network.nodes["output1"],
    }
    links = frozenset(Link(a, b) for a, b in pairwise(nodes))
    project = replace(outer, network=Network(nodes, links, {"Body": Block(inner)}))
    assert problems(project) == []
    still = frozen(replace(project, network=inner), "conv1").network
    project = replace(project, network=Network(nodes, links, {"Body": Block(still)}))
    problem = only(project)
    assert "nothing can learn" in problem.message
    assert problems(mended(project, problem)) == []
