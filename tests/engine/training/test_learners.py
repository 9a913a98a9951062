"""Nodes with a rate or a beginning of their own: the steps are those of torch's parameter groups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import resources
from engine.codegen import write
from engine.network import edits, storage
from engine.network.learning import Learning
from engine.network.project import Project
from engine.recipe.muon import Muon
from engine.recipe.recipe import OPTIMIZERS
from engine.training.build import build
from engine.training.control import Control
from engine.training.initialize import initialize
from engine.training.learners import learners
from engine.training.loop import train
from engine.training.optimizers import make_optimizer, set_rate
from tests.engine.training.drawing import run_of, small


def said(project: Project) -> dict[str, Learning]:
    return learners(project, write(project))


def template(name: str) -> Project:
    return storage.load(resources.TEMPLATES / f"{name}.convo")


def test_rates_multiply_inwards_and_the_innermost_beginning_counts() -> None:
    project = edits.set_learning(
        template("resnet8"), ["layer2"], rate=0.5, initialization="orthogonal"
    )
    block = project.network.nodes["layer2"].content.block  # type: ignore[union-attr]
    inner = project.network.blocks[block]
    name = next(n for n, node in inner.network.nodes.items() if node.kind == "Conv2d")
    node = inner.network.nodes[name]
    changed = replace(node, learning=Learning(rate=0.1, initialization="zero"))
    nodes = {**inner.network.nodes, name: changed}
    blocks = {
        **project.network.blocks,
        block: replace(inner, network=replace(inner.network, nodes=nodes)),
    }
    project = replace(project, network=replace(project.network, blocks=blocks))
    found = said(project)
    paths = {path: learning for path, learning in found.items() if path.startswith("layer2")}
    source = write(project)
    assert paths[source.places["layer2"].module] == Learning(0.5, "orthogonal")
    assert paths[source.places[f"layer2/{name}"].module] == Learning(0.5 * 0.1, "zero")
    # The same block elsewhere has the inner rate alone.
    others = [learning for path, learning in found.items() if not path.startswith("layer2")]
    assert others and all(learning == Learning(0.1, "zero") for learning in others)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_steps_are_those_of_torchs_parameter_groups(kind: str) -> None:
    declared = OPTIMIZERS[kind]()
    torch.manual_seed(1)
    module, twin = (nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)) for _ in range(2))
    twin.load_state_dict(module.state_dict())
    ours = make_optimizer(declared, module.named_parameters(), {"1": Learning(rate=0.25)})
    other = make_optimizer(declared, twin.named_parameters())
    rate = declared.learning_rate
    images = torch.randn(8, 3)
    # One step with each: elementwise rules scale with the rate, so groups can be told apart.
    for part, optimizer in ((module, ours), (twin, other)):
        set_rate(optimizer, rate)
        part(images).square().sum().backward()
    before = {name: item.detach().clone() for name, item in module.named_parameters()}
    ours.step()
    other.step()
    for (name, left), (_, right) in zip(
        module.named_parameters(), twin.named_parameters(), strict=True
    ):
        share = 0.25 if name.startswith("1.") else 1.0
        moved, usual = left - before[name], right - before[name]
        assert torch.allclose(moved, share * usual, rtol=1e-4, atol=1e-8), name
    if kind == Muon.kind():
        assert {group["share"] for group in ours.param_groups} > {1.0, 0.25}


def test_a_node_begins_as_it_says(tmp_path: Path) -> None:
    project = edits.set_learning(small(epochs=1), ["linear4"], initialization="zero", rate=1e-6)
    run = run_of(project, tmp_path)
    control = Control()
    train(run, control)
    weights = load_file(run.weights_file)
    assert run.state().status == "finished"
    # From nothing, with next to no rate, it stays next to nothing; the rest learns.
    assert weights["classifier.linear4.weight"].abs().max() < 1e-4
    assert weights["features.conv2d1.weight"].abs().max() > 0.1


def test_every_beginning_has_the_spread_that_its_source_gives() -> None:
    for name, variance in (
        ("he", 2 / 300),
        ("he_uniform", 2 / 300),
        ("xavier", 2 / 500),
        ("xavier_normal", 2 / 500),
        ("lecun", 1 / 300),
        ("zero", 0.0),
    ):
        torch.manual_seed(0)
        module = nn.Linear(300, 200)
        initialize(module, name)
        assert module.weight.var().item() == pytest.approx(variance, rel=0.05), name
        assert not module.bias.any()


def test_a_file_keeps_what_nodes_say() -> None:
    project = edits.set_learning(template("lenet5"), ["conv1"], rate=0.1, initialization="he")
    text = storage.dumps(project)
    assert '"learning": {"rate": 0.1, "initialization": "he"}' in text
    assert storage.loads(text) == project
    bad = text.replace('"rate": 0.1, "init', '"rate": -1, "init')
    with pytest.raises(storage.StorageError, match=r"nodes\.conv1\.learning\.rate"):
        storage.loads(bad)
    assert build(write(project).text)
