"""A run begins where another stood, and takes over every weight that still fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.codegen import write
from engine.layers.catalogue import layer
from engine.network.network import Link, Network, Node
from engine.network.project import Project
from engine.training.control import Control
from engine.training.events import EpochEnded, Event, Steps
from engine.training.fork import fork, renaming
from engine.training.loop import train
from engine.training.rundir import RunDirectory, RunError
from engine.training.standing import checkpoints, read_standing
from tests.engine.training.drawing import run_of, small, trained

CONV = "features.conv2d1.weight"


def with_node(project: Project, name: str, node: Node, between: tuple[str, str]) -> Project:
    """The project with a node put on a link."""
    before, after = between
    network = project.network
    links = network.links - {Link(before, after)} | {Link(before, name), Link(name, after)}
    return replace(project, network=Network({**network.nodes, name: node}, frozenset(links)))


def with_layer(project: Project, name: str, **changed: object) -> Project:
    network = project.network
    node = network.nodes[name]
    content = replace(node.content, **changed)  # type: ignore[type-var,arg-type]
    nodes = {**network.nodes, name: replace(node, content=content)}
    return replace(project, network=replace(network, nodes=nodes))


def forked(project: Project, parent: RunDirectory, base: Path) -> tuple[RunDirectory, list[Event]]:
    run = run_of(project, base)
    fork(checkpoints(parent)[-1], run)
    train(run, Control())
    assert run.state().status == "finished", run.state().message
    return run, run.events()[0]


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return trained(small(epochs=2, seed=3), tmp_path_factory.mktemp("parent"))[0]


def test_a_fork_of_the_same_network_goes_on_with_another_rate(
    parent: RunDirectory, tmp_path: Path
) -> None:
    project = parent.project()
    steps = project.recipe.optimizer.changed(learning_rate=1e-4)
    recipe = replace(project.recipe.changed(epochs=3), optimizer=steps)
    run, events = forked(replace(project, recipe=recipe), parent, tmp_path)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3]
    told = sum(len(event.losses) for event in events if isinstance(event, Steps))
    assert told == 3 * 24
    assert (run.state().parent, run.state().parent_step) == (str(parent.path), 48)
    assert read_standing(checkpoints(run)[-1]).rate == 1e-4


def test_an_equal_fork_is_the_run_that_goes_on(parent: RunDirectory, tmp_path: Path) -> None:
    run = run_of(parent.project(), tmp_path)
    plan = fork(checkpoints(parent)[0], run, epochs=2)
    assert plan.step == read_standing(checkpoints(parent)[0]).step
    train(run, Control())
    assert load_file(run.weights_file).keys() == load_file(parent.weights_file).keys()
    for name, tensor in load_file(run.weights_file).items():
        assert torch.equal(tensor, load_file(parent.weights_file)[name]), name


def test_a_fork_of_a_run_that_has_trained_all_its_epochs_trains_as_many_more(
    parent: RunDirectory, tmp_path: Path
) -> None:
    _, events = forked(parent.project(), parent, tmp_path)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4]


def test_a_widened_layer_keeps_the_filters_it_had(parent: RunDirectory, tmp_path: Path) -> None:
    project = with_layer(parent.project(), "conv2d1", out_channels=12)
    project = replace(project, recipe=project.recipe.changed(epochs=3))
    run = run_of(project, tmp_path)
    fork(checkpoints(parent)[-1], run)
    before = load_file(checkpoints(parent)[-1] / "weights.safetensors")[CONV]
    train(run, Control())
    after = load_file(run.weights_file)[CONV]
    assert after.shape[0] == 12
    assert CONV in run.log_file.read_text()
    # One epoch at the end of a cosine hardly moves them.
    assert torch.allclose(after[:8], before, atol=0.1)
    accuracies = [event.val_accuracy for event in run.events()[0] if isinstance(event, EpochEnded)]
    assert accuracies[-1] is not None and accuracies[-1] > 0.9


def test_a_layer_is_put_in_and_the_others_keep_their_weights(
    parent: RunDirectory, tmp_path: Path
) -> None:
    node = Node(layer("BatchNorm2d"))
    project = with_node(parent.project(), "norm", node, ("conv2d1", "relu2"))
    project = replace(project, recipe=project.recipe.changed(epochs=3))
    run, events = forked(project, parent, tmp_path)
    assert "features.norm.weight" in load_file(run.weights_file)
    assert CONV not in run.log_file.read_text()
    accuracies = [event.val_accuracy for event in events if isinstance(event, EpochEnded)]
    assert accuracies[-1] is not None and accuracies[-1] > 0.9


def test_other_batches_begin_with_step_0_and_the_weights(
    parent: RunDirectory, tmp_path: Path
) -> None:
    project = parent.project()
    project = replace(project, recipe=project.recipe.changed(batch_size=128, epochs=1))
    _, events = forked(project, parent, tmp_path)
    ends = [event for event in events if isinstance(event, EpochEnded)]
    assert [(event.epoch, event.step) for event in ends] == [(1, 12)]
    assert ends[0].val_accuracy is not None and ends[0].val_accuracy > 0.9


def test_tensors_follow_their_node_to_another_place_in_the_module() -> None:
    before = small()
    after = with_node(before, "second", Node(layer("ReLU")), ("relu2", "flatten3"))
    rename = renaming(write(before), write(after))
    assert rename(CONV) == CONV
    nodes = {name: node for name, node in before.network.nodes.items() if name != "relu2"}
    links = {link for link in before.network.links if "relu2" not in (link.source, link.target)}
    without = replace(
        before, network=Network(nodes, frozenset(links | {Link("conv2d1", "flatten3")}))
    )
    assert renaming(write(before), write(without))("classifier.linear4.bias") == (
        "classifier.linear4.bias"
    )


def test_as_many_epochs_as_are_done_are_too_few_to_ask_for(
    parent: RunDirectory, tmp_path: Path
) -> None:
    run = run_of(parent.project(), tmp_path)
    with pytest.raises(RunError, match="stands after epoch 2, but only 2 epochs are asked for"):
        fork(checkpoints(parent)[-1], run, epochs=2)
