"""Losses become torch's, and auxiliary heads count in part."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss

from engine.codegen import write
from engine.data import DataChoice, catalogue, load
from engine.data.dataset import Part, Progress
from engine.data.datasets.digits import Digits
from engine.data.images import split
from engine.lab.prediction import probabilities
from engine.layers.catalogue import layer
from engine.network.project import Project
from engine.recipe.bce import BCEWithLogitsLoss
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.hinge import MultiMarginLoss
from engine.recipe.loss import Loss
from engine.recipe.mse import MSELoss
from engine.recipe.nll import NLLLoss
from engine.recipe.recipe import LOSSES, Recipe
from engine.training.build import build
from engine.training.errors import TrainingError
from engine.training.events import EpochEnded, Finished, Started, Steps
from engine.training.losses import Objective, main_result
from tests.engine.training.drawing import SMALL, chain, small, trained, with_head

SCORES, LABELS = torch.randn(4, 10), torch.tensor([3, 1, 0, 9])
IMAGES = torch.randn(4, 1, 8, 8)


@pytest.mark.parametrize("kind", list(LOSSES))
def test_every_declared_loss_is_torchs(kind: str) -> None:
    objective = Objective(Recipe(loss=LOSSES[kind]()))
    results = SCORES if LOSSES[kind].target == "class" else IMAGES + 0.5
    labels = LABELS
    if LOSSES[kind]().scores(2) == 1:
        results, labels = SCORES[:, :1], LABELS % 2
    assert math.isfinite(objective(results, IMAGES, labels).item())
    assert objective.accuracy == (LOSSES[kind].target == "class")


def test_cross_entropy_smooths_labels_as_torch_does() -> None:
    objective = Objective(Recipe(loss=CrossEntropyLoss(label_smoothing=0.2)))
    expected = cross_entropy(SCORES, LABELS, label_smoothing=0.2)
    assert torch.equal(objective(SCORES, IMAGES, LABELS), expected)


def test_rare_classes_count_more_where_they_are_balanced() -> None:
    counts = [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]
    objective = Objective(Recipe(loss=CrossEntropyLoss(balanced=True)), counts)
    weight = torch.tensor([30 / 10 / count for count in counts])
    expected = cross_entropy(SCORES, LABELS, weight=weight)
    assert objective(SCORES, IMAGES, LABELS).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_classes_count_as_their_weights_say(smoothing: float) -> None:
    weights = tuple(0.25 + 0.5 * number for number in range(10))
    loss = CrossEntropyLoss(class_weights=weights, label_smoothing=smoothing)
    objective = Objective(Recipe(loss=loss), [3] * 10)
    theirs = nn.CrossEntropyLoss(weight=torch.tensor(weights), label_smoothing=smoothing)
    assert torch.equal(objective(SCORES, IMAGES, LABELS), theirs(SCORES, LABELS))


def test_the_weighted_means_of_parts_make_that_of_the_whole() -> None:
    objective = Objective(Recipe(loss=CrossEntropyLoss(class_weights=(1, 5, 2, *(9,) * 7))))
    amounts = [float(objective.amount(part)) for part in (LABELS[:1], LABELS[1:])]
    parts = [objective(SCORES[at], IMAGES, LABELS[at]) for at in (slice(1), slice(1, None))]
    mean = sum(a * float(part) for a, part in zip(amounts, parts, strict=True)) / sum(amounts)
    assert mean == pytest.approx(objective(SCORES, IMAGES, LABELS).item())
    assert Objective(Recipe()).amount(LABELS) == 4


def test_as_many_class_weights_as_classes_are_asked_for_before_the_first_step() -> None:
    loss = CrossEntropyLoss(class_weights=(1, 2, 3))
    with pytest.raises(TrainingError, match="has 3 class weights, but the data has 10 classes"):
        Objective(Recipe(loss=loss), [1] * 10)


def test_the_second_of_two_classes_counts_as_its_weight_says() -> None:
    objective = Objective(Recipe(loss=BCEWithLogitsLoss(positive_weight=3)))
    scores, labels = torch.tensor([[2.0], [-1.0], [0.5]]), torch.tensor([1, 0, 0])
    theirs = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]))
    assert torch.equal(objective(scores, IMAGES, labels), theirs(scores, labels[:, None].float()))


def test_a_run_with_class_weights_tells_the_weighted_loss_of_all_its_validation_images(
    tmp_path: Path,
) -> None:
    weights = tuple(1.0 + number for number in range(10))
    run, events = trained(
        small(epochs=1, batch_size=64, accumulate=2, loss=CrossEntropyLoss(class_weights=weights)),
        tmp_path,
    )
    assert run.state().status == "finished", run.state().message
    module = build(run.source_text()).eval()
    module.load_state_dict(load_file(run.weights_file), strict=True)
    state = run.state()
    images = load(DataChoice("digits"), (1, 8, 8))
    aside = split(images.train.labels, 0.15)[1]
    pixels = (torch.from_numpy(images.train.images[aside]) / 255 - state.mean[0]) / state.std[0]
    labels = torch.from_numpy(images.train.labels[aside])
    with torch.no_grad():
        expected = cross_entropy(module(pixels), labels, weight=torch.tensor(weights))
    last = next(event for event in events if isinstance(event, EpochEnded))
    assert last.val_loss == pytest.approx(expected.item(), rel=1e-5)


def test_two_classes_are_told_by_the_sign_of_one_score() -> None:
    objective = Objective(Recipe(loss=BCEWithLogitsLoss()))
    scores, labels = torch.tensor([[2.0], [-1.0], [0.5]]), torch.tensor([1, 0, 0])
    expected = binary_cross_entropy_with_logits(scores[:, 0], labels.float())
    assert objective(scores, IMAGES, labels).item() == pytest.approx(expected.item())
    assert objective.guess(scores).tolist() == [1, 0, 1]
    # Two scores of which one is 0 say the same to cross-entropy.
    both = torch.cat([torch.zeros(3, 1), scores], 1)
    assert expected.item() == pytest.approx(cross_entropy(both, labels).item())
    assert probabilities(scores) == pytest.approx(probabilities(both))


def test_the_log_likelihood_behind_log_softmax_is_cross_entropy() -> None:
    objective = Objective(Recipe(loss=NLLLoss()))
    expected = cross_entropy(SCORES, LABELS)
    assert objective(SCORES.log_softmax(1), IMAGES, LABELS).item() == pytest.approx(expected.item())


@pytest.mark.parametrize(("margin", "p"), [(1.0, "1"), (0.5, "2")])
def test_the_hinge_is_torchs(margin: float, p: str) -> None:
    objective = Objective(Recipe(loss=MultiMarginLoss(margin=margin, p=p)))
    right = SCORES.gather(1, LABELS[:, None])
    over = (margin - right + SCORES).clamp_min(0) ** int(p)
    expected = (over.sum(1) - margin ** int(p)) / 10
    assert objective(SCORES, IMAGES, LABELS).item() == pytest.approx(expected.mean().item())


class Halves(Digits):
    """Small digits (0 to 4), and large ones; of them only every third."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        train, _ = super().read(folder, progress)
        large = (train.labels > 4).astype(np.int64)
        kept = np.flatnonzero((large == 0) | (np.arange(len(large)) % 3 == 0))
        return Part(train.images[kept], large[kept]), None


@pytest.mark.parametrize("loss", [BCEWithLogitsLoss(), CrossEntropyLoss(balanced=True)])
def test_two_classes_of_unlike_size_are_learned(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = catalogue()["digits"]
    halves = Halves(**{**vars(digits), "classes": ("small", "large")})
    monkeypatch.setitem(catalogue(), "digits", halves)  # type: ignore[arg-type]
    layers = (*SMALL[:-2], layer("Linear", out_features=loss.scores(2)), SMALL[-1])
    project = replace(small(loss=loss, epochs=4), network=chain(*layers).network)
    run, events = trained(project, tmp_path)
    assert run.state().status == "finished", run.state().message
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert last.val_accuracy is not None and last.val_accuracy > 0.8
    assert last.train_accuracy is not None and last.train_accuracy > 0.8


def test_the_mean_squared_error_compares_with_the_images() -> None:
    objective = Objective(Recipe(loss=MSELoss()))
    results = torch.randn(4, 1, 8, 8)
    assert torch.equal(objective(results, IMAGES, LABELS), mse_loss(results, IMAGES))


def test_the_first_output_counts_whole_and_every_further_one_in_part() -> None:
    heads = (SCORES, torch.randn(4, 10), torch.randn(4, 10))
    objective = Objective(Recipe(auxiliary_weight=0.3))
    parts = [cross_entropy(head, LABELS) for head in heads]
    expected = parts[0] + 0.3 * (parts[1] + parts[2])
    assert objective(heads, IMAGES, LABELS).item() == pytest.approx(expected.item())
    assert main_result(heads) is heads[0]


def autoencoder(**recipe: object) -> Project:
    """Digits through 4 maps of half the size and back."""
    layers = (
        SMALL[0],
        layer("Conv2d", out_channels=4, kernel_size=3, padding=1),
        layer("ReLU"),
        layer("MaxPool2d", kernel_size=2),
        layer("Upsample"),
        layer("Conv2d", out_channels=1, kernel_size=3, padding=1),
        layer("Output"),
    )
    return replace(small(loss=MSELoss(), **recipe), network=chain(*layers).network)


def test_an_autoencoder_learns_and_claims_no_accuracy(tmp_path: Path) -> None:
    run, events = trained(autoencoder(epochs=3), tmp_path)
    assert run.state().status == "finished", run.state().message
    started = next(event for event in events if isinstance(event, Started))
    assert (started.loss, started.accuracy) == ("mean squared error", False)
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert all((item.train_accuracy, item.val_accuracy) == (None, None) for item in epochs)
    assert all(not event.accuracies for event in events if isinstance(event, Steps))
    # Pixels are normalised: to put out their mean everywhere would be wrong by 1.
    assert epochs[-1].val_loss is not None and epochs[-1].val_loss < 0.5
    assert events[-1] == Finished(None, None)


def test_the_loss_of_an_autoencoder_is_that_of_its_outputs(tmp_path: Path) -> None:
    run, events = trained(autoencoder(epochs=1), tmp_path)
    kept = load_file(run.outputs_file)
    assert kept["outputs"].shape == kept["inputs"].shape == (64, 1, 8, 8)
    module = build(run.source_text()).eval()
    module.load_state_dict(load_file(run.weights_file), strict=True)
    state = run.state()
    images = load(DataChoice("digits"), (1, 8, 8))
    aside = split(images.train.labels, 0.15)[1]
    pixels = (torch.from_numpy(images.train.images[aside]) / 255 - state.mean[0]) / state.std[0]
    with torch.no_grad():
        error = (module(pixels) - pixels).square().mean().item()
    last = next(event for event in events if isinstance(event, EpochEnded))
    assert last.val_loss == pytest.approx(error, rel=1e-5)


def test_an_auxiliary_head_learns_too_and_the_accuracy_is_the_first_outputs(tmp_path: Path) -> None:
    run, events = trained(with_head(), tmp_path)
    assert run.state().status == "finished", run.state().message
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert last.val_accuracy is not None and last.val_accuracy > 0.9
    module = build(run.source_text()).eval()
    module.load_state_dict(load_file(run.weights_file), strict=True)
    kept = load_file(run.outputs_file)
    with torch.no_grad():
        main, auxiliary = module(kept["inputs"])
    assert torch.allclose(main, kept["outputs"]) and torch.allclose(auxiliary, kept["outputs1"])
    images = load(DataChoice("digits"), (1, 8, 8))
    aside = split(images.train.labels, 0.15)[1][:64]
    labels = torch.from_numpy(images.train.labels[aside])
    assert (auxiliary.argmax(1) == labels).double().mean() > 0.85


def test_an_auxiliary_head_without_weight_leaves_the_first_output_alone(tmp_path: Path) -> None:
    project = with_head()
    counted = replace(project, recipe=replace(project.recipe, auxiliary_weight=0.0))
    weights = load_file(trained(counted, tmp_path)[0].weights_file)
    torch.manual_seed(counted.recipe.seed)
    before = build(write(counted).text).state_dict()
    same = {name for name in before if torch.equal(before[name], weights[name])}
    assert same == {"dense1.weight", "dense1.bias"}
