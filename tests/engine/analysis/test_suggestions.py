"""What is suggested for a network that works, and that it comes to the same."""

from __future__ import annotations

import pytest
import torch

import resources
from engine.analysis import analyse, suggestions
from engine.codegen import write
from engine.network import edits, storage
from engine.network.edits import EditError
from engine.network.network import Link
from engine.training.build import build

from .drawing import FLATTEN, OUTPUT, RELU, conv, dense, grow, image, pool, row


def hints(project, name):
    return suggestions(project.network, analyse(project), name)


@pytest.fixture
def drawn():
    first = image(1, 12, 12), conv(4, 3), RELU
    return row(*first, pool(3, stride=2, padding=1), FLATTEN, dense(10), OUTPUT)


def test_a_relu_may_go_behind_a_maximum_and_comes_to_the_same_there(drawn):
    (hint,) = hints(drawn, "relu1")
    assert hint.severity == "hint"
    assert "400 numbers" in hint.message and "keeps 100" in hint.message

    exchanged = hint.fixes[0].edit(drawn)

    chain = [("conv1", "pool1"), ("pool1", "relu1"), ("relu1", "flatten1")]
    assert {Link(*pair) for pair in chain} < exchanged.network.links
    assert len(exchanged.network.links) == len(drawn.network.links)
    assert exchanged.placement["pool1"] == drawn.placement["relu1"]
    assert exchanged.placement["relu1"] == drawn.placement["pool1"]
    images = torch.randn(16, 1, 12, 12)
    found = []
    for project in (drawn, exchanged):
        torch.manual_seed(0)
        module = build(write(project).text)
        results = module(images)
        results.square().sum().backward()
        found.append((results, [item.grad for item in module.parameters()]))
    assert torch.equal(found[0][0], found[1][0])
    assert all(torch.equal(*pair) for pair in zip(found[0][1], found[1][1], strict=True))


def test_nothing_is_suggested_twice_or_where_it_would_change_something(drawn):
    (hint,) = hints(drawn, "relu1")
    assert not hints(hint.fixes[0].edit(drawn), "relu1")
    assert not hints(drawn, "pool1")
    assert not hints(edits.set_mode(drawn, ["pool1"], "bypassed"), "relu1")
    assert not hints(edits.set_parameters(drawn, "pool1", stride=1), "relu1")
    assert not hints(edits.set_parameters(drawn, "conv1", kernel_size=50), "relu1")
    elsewhere = grow(drawn, dense(3), "relu1")
    assert not hints(elsewhere, "relu1")
    indices = edits.set_parameters(drawn, "pool1", return_indices=True)
    assert hints(indices, "relu1")
    indices = edits.add(indices, pool(1), (0, 0))
    assert not hints(edits.connect(indices, Link("pool1", "pool2", output=1)), "relu1")


def test_an_exchange_whose_link_is_gone_is_refused_in_a_sentence(drawn):
    (hint,) = hints(drawn, "relu1")
    apart = edits.disconnect(drawn, [Link("relu1", "pool1")])
    with pytest.raises(EditError, match="relu1 does not feed pool1 any more"):
        hint.fixes[0].edit(apart)


def test_a_hint_is_no_problem_of_the_network():
    project = storage.load(resources.TEMPLATES / "tiny_cnn.convo")
    assert len(hints(project, "relu1")) == 1
    assert not analyse(project).problems
