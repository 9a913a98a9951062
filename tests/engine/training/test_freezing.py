"""What is frozen stays to the last bit, running statistics included; the rest learns."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.codegen import write
from engine.layers.base import Layer
from engine.layers.catalogue import layer
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project
from engine.training.build import build
from engine.training.control import Control
from engine.training.events import Started
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from tests.engine.training.drawing import chain, run_of, small

HEAD = (layer("Input", shape=(1, 8, 8)),)
BODY = (
    layer("Conv2d", out_channels=6, kernel_size=3, padding=1),
    layer("BatchNorm2d"),
    layer("ReLU"),
)
TAIL = (layer("Flatten"), layer("Linear", out_features=10), layer("Output"))


def freeze(network: Network, *names: str) -> Network:
    nodes = dict(network.nodes)
    for name in names:
        nodes[name] = replace(nodes[name], frozen=True)
    return replace(network, nodes=nodes)


def of(network: Network) -> Project:
    return replace(small(epochs=1), network=network)


def nested(*frozen: str) -> Network:
    """A block applied twice, of which these inner nodes are frozen."""
    inner = chain(layer("Input"), *BODY, layer("Output")).network
    nodes: dict[str, Layer | Instance] = {
        "image": HEAD[0],
        "stem": BODY[0],
        "stage": Instance("Stage", repeat=2),
        "flat": TAIL[0],
        "dense": TAIL[1],
        "output": TAIL[2],
    }
    links = frozenset(Link(a, b) for a, b in pairwise(nodes))
    drawn = {name: Node(content) for name, content in nodes.items()}
    return Network(drawn, links, {"Stage": Block(freeze(inner, *frozen))})


def weights(project: Project, base: Path) -> tuple[RunDirectory, dict[str, Tensor], set[str]]:
    """The run, the tensors that it began with, and the names of those that it changed."""
    run = run_of(project, base)
    torch.manual_seed(project.recipe.seed)
    module = build(run.source_text())
    # Also those that torch begins with at their rest.
    before = {name: item.clone() for name, item in module.state_dict().items()}
    train(run, Control())
    assert run.state().status == "finished", run.state().message
    after = load_file(run.weights_file)
    return run, before, {name for name in before if not torch.equal(before[name], after[name])}


def test_frozen_layers_keep_their_weights_and_statistics_while_others_learn(tmp_path: Path) -> None:
    network = freeze(chain(*HEAD, *BODY, *BODY, *TAIL).network, "conv2d1", "batchnorm2d2")
    run, before, changed = weights(of(network), tmp_path)
    paths = ("features.conv2d1", "features.batchnorm2d2")
    held = {name for name in before if name.startswith(tuple(f"{path}." for path in paths))}
    assert len(held) == 2 + 5
    assert changed == before.keys() - held
    assert run.state().frozen == paths


def test_everything_inside_a_frozen_block_instance_stays(tmp_path: Path) -> None:
    _, before, changed = weights(of(freeze(nested(), "stage")), tmp_path)
    held = {name for name in before if name.startswith("stage.")}
    assert len(held) == 2 * 7 and changed == before.keys() - held


def test_a_node_frozen_inside_a_block_stays_in_every_application(tmp_path: Path) -> None:
    project = of(nested("conv2d1", "batchnorm2d2"))
    run, before, changed = weights(project, tmp_path)
    held = {name for name in before if name.startswith("stage.")}
    assert changed == before.keys() - held
    assert len(run.state().frozen) == 4
    half = of(nested("batchnorm2d2"))
    _, before, changed = weights(half, tmp_path / "half")
    still = {name for name in held if before[name].ndim < 4 and name not in changed}
    assert {name for name in changed if name.startswith("stage.")} == held - still
    assert len(still) == 2 * 5


def test_the_start_tells_how_many_numbers_learn(tmp_path: Path) -> None:
    project = of(freeze(chain(*HEAD, *BODY, *TAIL).network, "conv2d1"))
    run, _, _ = weights(project, tmp_path)
    started = next(event for event in run.events()[0] if isinstance(event, Started))
    assert started.parameters == 6 + 6 + 6 * 64 * 10 + 10


def test_a_frozen_dropout_still_drops(tmp_path: Path) -> None:
    from engine.training.freezing import Frozen

    layers = (*HEAD, layer("Dropout"), layer("BatchNorm2d"), *TAIL)
    source = write(of(freeze(chain(*layers).network, "dropout1", "batchnorm2d2")))
    module = build(source.text)
    held = Frozen(module, source.frozen)
    module.train()
    held.hold()
    training = {name: item.training for name, item in module.named_modules()}
    assert [training[path] for path in source.frozen] == [True, False]


def test_with_everything_frozen_nothing_is_trained(tmp_path: Path) -> None:
    network = freeze(chain(*HEAD, *TAIL).network, "linear2")
    run = run_of(of(network), tmp_path)
    train(run, Control())
    assert run.state().message == (
        "Every layer with weights is frozen, so nothing can learn; unfreeze one of them."
    )


def test_a_source_of_another_version_is_not_trained_with_the_wrong_layers(tmp_path: Path) -> None:
    run = run_of(of(freeze(chain(*HEAD, *BODY, *TAIL).network, "conv2d1")), tmp_path)
    run.source_file.write_text(run.source_text() + "\n# by an earlier version\n")
    train(run, Control())
    assert "the frozen layers cannot be found in it; train the project anew" in run.state().message


def test_what_is_bypassed_or_muted_is_not_trained_because_it_is_not_there(tmp_path: Path) -> None:
    one = layer("Conv2d", out_channels=6, kernel_size=1)
    nodes = {
        "image": Node(HEAD[0]),
        "stem": Node(BODY[0]),
        "first": Node(one),
        "second": Node(one),
        "third": Node(one, mode="muted"),
        "join": Node(layer("Concat")),
        "after": Node(one, mode="bypassed"),
        "flat": Node(TAIL[0]),
        "dense": Node(TAIL[1]),
        "output": Node(TAIL[2]),
    }
    chains = (("image", "stem"), ("join", "after", "flat", "dense", "output"))
    links = {Link(a, b) for names in chains for a, b in pairwise(names)}
    for number, name in enumerate(("first", "second", "third")):
        links |= {Link("stem", name), Link(name, "join", input=number)}
    _, before, changed = weights(of(Network(nodes, frozenset(links))), tmp_path)
    assert {name.split(".")[0] for name in before} == {"stem", "first", "second", "dense"}
    assert before["dense.weight"].shape == (10, 2 * 6 * 64)
    assert changed == before.keys()
