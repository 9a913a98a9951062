"""What is measured of a step is what it was, and training does not notice."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.project import DataChoice, Project
from engine.recipe.sgd import SGD
from engine.training import loop, watching
from engine.training.budget import PART
from engine.training.events import EpochEnded, Event, Measured, Started, Steps
from engine.training.setup import Setup, set_up
from engine.training.watching import Watch, memory
from tests.engine.training.drawing import SMALL, chain, run_of, small, trained

TEMPLATES = Path(__file__).parents[3] / "resources" / "templates"
SQUASHED = chain(
    SMALL[0],
    SMALL[1],
    layer("Sigmoid"),
    layer("Conv2d", out_channels=4, kernel_size=3),
    layer("ReLU"),
    *SMALL[3:],
)


def set_up_for(project: Project, tmp_path: Path) -> Setup:
    return set_up(run_of(project, tmp_path), lambda message, fraction: None)


def of(told: Measured, column: str, node: str) -> float | None:
    return getattr(told, column)[told.nodes.index(node)]


def step_measured(setup: Setup, watch: Watch, rate: float = 0.1) -> Measured:
    setup.module.train()
    watch.begin()
    setup.update.take(*setup.training.first(64), rate, 0)
    return watch.measure(1)


def norm(tensors: list[torch.Tensor]) -> float:
    return math.sqrt(sum(float((item.double() ** 2).sum()) for item in tensors))


def test_norms_are_those_of_the_step(tmp_path: Path) -> None:
    setup = set_up_for(small(optimizer=SGD(learning_rate=0.1)), tmp_path)
    before = {name: item.detach().clone() for name, item in setup.module.named_parameters()}
    told = step_measured(setup, Watch(setup))
    after = dict(setup.module.named_parameters())
    gradients = {name: item.grad for name, item in after.items() if item.grad is not None}
    assert told.gradient_norm == pytest.approx(norm(list(gradients.values())), rel=1e-3)
    changes = [after[name].detach() - before[name] for name in before]
    whole = norm([item.detach() for item in after.values()])
    assert told.update_ratio == pytest.approx(norm(changes) / whole, rel=1e-3)
    own = [name for name in after if after[name].ndim == 4]
    prefix = own[0].rpartition(".")[0]
    ours = [name for name in after if name.startswith(prefix)]
    size = sum(after[name].numel() for name in ours)
    expected = norm([gradients[name] for name in ours]) / math.sqrt(size)
    assert of(told, "gradients", "conv2d1") == pytest.approx(expected, rel=1e-3)
    weight = norm([after[name].detach() for name in ours])
    assert of(told, "weights", "conv2d1") == pytest.approx(weight / math.sqrt(size), rel=1e-3)
    changed = norm([after[name].detach() - before[name] for name in ours])
    assert of(told, "updates", "conv2d1") == pytest.approx(changed / weight, rel=1e-3)
    assert told.step == 1 and told.memory > 50_000_000


@pytest.mark.parametrize("clip", [1e-3, 1e3])
def test_the_norm_is_that_before_clipping(clip: float, tmp_path: Path) -> None:
    project = small(optimizer=SGD(learning_rate=0.1))
    plain_setup = set_up_for(project, tmp_path / "plain")
    plain = step_measured(plain_setup, Watch(plain_setup))
    recipe = replace(project.recipe, clip_norm=clip)
    setup = set_up_for(replace(project, recipe=recipe), tmp_path / "clipped")
    clipped = step_measured(setup, Watch(setup))
    assert clipped.gradient_norm == pytest.approx(plain.gradient_norm, rel=1e-3)
    for node in ("conv2d1", "linear4"):
        assert of(clipped, "gradients", node) == pytest.approx(
            of(plain, "gradients", node), rel=1e-3
        )


def test_activations_at_the_ends_of_their_range_are_counted(tmp_path: Path) -> None:
    setup = set_up_for(SQUASHED, tmp_path)
    convolutions = [item for item in setup.module.modules() if isinstance(item, nn.Conv2d)]
    with torch.no_grad():
        bias = convolutions[0].bias
        assert bias is not None
        bias[:2] = 50.0  # a sigmoid of 1 in 2 of 8 maps
        bias[2:] = 0.0
        convolutions[0].weight.mul_(0.1)
        second = convolutions[1].bias
        assert second is not None
        second[0] = -50.0  # a ReLU of 0 in 1 of 4 maps
        second[1:] = 50.0
    told = step_measured(setup, Watch(setup), rate=0.0)
    assert of(told, "saturated", "sigmoid2") == pytest.approx(0.25, abs=1e-6)
    assert of(told, "dead", "relu4") == pytest.approx(0.25)
    assert of(told, "dead", "sigmoid2") is None
    assert of(told, "saturated", "relu4") is None
    assert of(told, "gradients", "relu4") is None
    assert told.nodes == ("conv2d1", "sigmoid2", "conv2d3", "relu4", "linear6")


def test_a_frozen_node_has_no_gradient_and_is_left_out(tmp_path: Path) -> None:
    project = edits.set_frozen(small(), ["conv2d1"], True)
    setup = set_up_for(project, tmp_path)
    told = step_measured(setup, Watch(setup))
    assert "conv2d1" not in told.nodes and "linear4" in told.nodes


@pytest.mark.parametrize("name", ["residual", "resnet8", "tiny_cnn", "autoencoder"])
def test_nodes_of_templates_are_measured_also_inside_blocks(name: str, tmp_path: Path) -> None:
    project = storage.load(TEMPLATES / f"{name}.convo")
    project = replace(
        project, recipe=replace(project.recipe, device="cpu", batch_size=4, augmentations=())
    )
    if project.data.name == "cifar10":
        project = replace(project, data=DataChoice("shapes"))
        project = edits.set_parameters(project, "fc", out_features=6)
    setup = set_up_for(project, tmp_path)
    told = step_measured(setup, Watch(setup))
    assert any("/" in node for node in told.nodes) == bool(project.network.blocks)
    assert all(value is None or value >= 0 for value in told.gradients)


def test_a_run_is_the_same_to_the_last_bit_whether_it_is_measured_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = chain(*SMALL[:3], layer("Dropout", p=0.3), layer("BatchNorm2d"), *SMALL[3:])
    losses: list[list[float]] = []
    monkeypatch.setattr(loop, "_TELL", 0.0)
    for due in (lambda self: False, lambda self: True):
        monkeypatch.setattr(Watch, "due", due)
        run, events = trained(project, tmp_path / str(len(losses)))
        losses.append([x for event in events if isinstance(event, Steps) for x in event.losses])
        measured = [event.step for event in events if isinstance(event, Measured)]
        assert measured == ([] if not due(None) else list(range(1, 49)))
        weights = run.weights_file.read_bytes()
        losses[-1].append(float(hash(weights) % 1000))
    assert losses[0][:-1] == losses[1][:-1]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    return trained(small(epochs=3), tmp_path_factory.mktemp("run"))[1]


def test_a_run_tells_its_rate_its_top_five_and_what_it_measured(done: list[Event]) -> None:
    measured = [event for event in done if isinstance(event, Measured)]
    assert measured and measured[0].step == 1
    rates = [event.rate for event in done if isinstance(event, Steps)]
    assert rates == sorted(rates, reverse=True) and 0 < rates[-1] < 0.01
    ends = [event for event in done if isinstance(event, EpochEnded)]
    for end in ends:
        assert end.val_top5 is not None and end.val_accuracy is not None
        assert end.val_accuracy <= end.val_top5 <= 1
    started = next(event for event in done if isinstance(event, Started))
    assert started.leaked == 0


def test_measuring_takes_its_part_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def costly(device: torch.device) -> int:
        nonlocal now
        now += 0.002
        return 0

    monkeypatch.setattr(watching, "time", SimpleNamespace(perf_counter=lambda: now))
    monkeypatch.setattr(watching, "memory", costly)
    setup = set_up_for(small(), tmp_path)
    watch = Watch(setup)
    taken = 0
    while now < 60.0:
        now += 0.01
        if watch.due():
            step_measured(setup, watch)
            taken += 1
    # The first few may be dearer, so that a short run is measured too.
    assert 20 < taken <= 5 + PART / 2 * 60.0 / 0.002


def test_memory_in_use_grows_with_what_is_held() -> None:
    before = memory(torch.device("cpu"))
    held = torch.ones(50_000_000)
    assert memory(torch.device("cpu")) >= before + 150_000_000
    del held
