"""TensorBoard's own reader finds in a run directory what the run has told, and pictures of the module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams import metadata, plugin_data_pb2

from engine.codegen import write
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.training.build import build
from engine.training.control import Control
from engine.training.eventfile import EventFile
from engine.training.events import EpochEnded, Event, Steps
from engine.training.loop import train
from engine.training.portraits import Portraits, graph_of
from engine.training.rundir import RunDirectory
from engine.training.setup import set_up
from engine.training.standing import reopen
from tests.engine.training.drawing import StopsAt, chain, run_of, small, trained
from tests.engine.training.test_resume import losses, varied

TEMPLATES = sorted((Path(__file__).parents[3] / "resources" / "templates").glob("*.convo"))


def opened(run: RunDirectory) -> Any:
    reader = EventAccumulator(str(run.path), size_guidance={"scalars": 0, "histograms": 0})
    reader.Reload()
    return reader


def points(reader: Any, tag: str) -> list[tuple[int, float]]:
    return [(item.step, item.value) for item in reader.Scalars(tag)]


def assert_tells(reader: Any, events: list[Event]) -> None:
    """Every figure of the events is there, once, and no other."""
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    for name in ("train_loss", "train_accuracy", "val_loss", "val_accuracy"):
        told = [(event.step, pytest.approx(getattr(event, name))) for event in epochs]
        assert points(reader, f"epoch/{name}") == told
    values = losses(events)
    before = 0
    for step, value in points(reader, "train/loss"):
        assert value == pytest.approx(np.mean(values[before:step]))
        before = step
    assert before == len(values)
    speeds = [(e.step, pytest.approx(e.images_per_second)) for e in events if isinstance(e, Steps)]
    assert points(reader, "train/images_per_second") == speeds


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run that was broken off in its second epoch, lost some steps by that, and was resumed."""
    weighed = CrossEntropyLoss(class_weights=(2.5, *(1,) * 9))
    project = varied(epochs=3, checkpoint_every=20, loss=weighed)
    run = run_of(project, tmp_path_factory.mktemp("runs"))
    train(run, StopsAt(45))
    late = run.checkpoints_folder / f"{len(losses(run.events()[0])):010}"
    assert late.is_dir()
    late.rename(run.path / "lost")
    assert reopen(run).step < int(late.name)
    train(run, Control())
    assert run.state().status == "finished"
    return run


def test_the_figures_of_a_resumed_run_are_there_once(resumed: RunDirectory) -> None:
    assert_tells(opened(resumed), resumed.events()[0])


def test_a_run_in_one_go_has_the_same_tags(resumed: RunDirectory, tmp_path: Path) -> None:
    run, events = trained(varied(epochs=3), tmp_path)
    reader = opened(run)
    assert_tells(reader, events)
    for kind in ("scalars", "histograms", "images"):
        assert sorted(reader.Tags()[kind]) == sorted(opened(resumed).Tags()[kind])
        assert reader.Tags()[kind]


def test_the_rate_is_that_of_the_step(tmp_path: Path) -> None:
    project = small(epochs=2)
    run, _ = trained(project, tmp_path)
    for step, rate in points(opened(run), "train/learning_rate"):
        assert rate == pytest.approx(project.recipe.rate(step - 1, 48, 24))


def test_histograms_count_the_weights_of_the_end(resumed: RunDirectory) -> None:
    reader = opened(resumed)
    for name, weight in load_file(resumed.weights_file).items():
        if f"weights/{name}" not in reader.Tags()["histograms"]:
            assert "running" in name or "num_batches" in name
            continue
        last = reader.Histograms(f"weights/{name}")[-1]
        assert last.step == 72
        seen = last.histogram_value
        assert seen.num == weight.size
        assert (seen.min, seen.max) == pytest.approx((weight.min(), weight.max()))
        assert seen.sum == pytest.approx(weight.sum(dtype=float), abs=1e-4)
        assert sum(seen.bucket) == weight.size
        assert f"gradients/{name}" in reader.Tags()["histograms"]


def test_the_graph_has_every_layer_and_what_goes_into_it(resumed: RunDirectory) -> None:
    nodes = {node.name: node for node in opened(resumed).Graph().node}
    assert [node.op for node in nodes.values()] == [
        *("Input", "Conv2d", "BatchNorm2d", "ReLU", "Dropout", "Flatten", "Linear", "Output")
    ]
    for before, node in zip(list(nodes), list(nodes.values())[1:], strict=False):
        assert list(node.input) == [before]


def hparams_of(run: RunDirectory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(run.path.glob("*tfevents*")):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == metadata.PLUGIN_NAME:
                    content = value.metadata.plugin_data.content
                    found[value.tag] = plugin_data_pb2.HParamsPluginData.FromString(content)
    return found


def test_the_recipe_is_there_as_hyperparameters(resumed: RunDirectory) -> None:
    found = hparams_of(resumed)
    start = found[metadata.SESSION_START_INFO_TAG].session_start_info.hparams
    recipe = resumed.project().recipe
    assert start["optimizer"].string_value == "Adam"
    assert start["optimizer.learning_rate"].number_value == recipe.optimizer.learning_rate
    assert start["epochs"].number_value == 3
    assert start["deterministic"].string_value == "false"
    assert start["loss.class_weights"].string_value == "2.5, 1, 1, 1, 1, 1, 1, 1, 1, 1"
    assert not any(name.startswith(("loss.class_weights.", "augmentations")) for name in start)
    metrics = found[metadata.EXPERIMENT_TAG].experiment.metric_infos
    assert "epoch/val_accuracy" in {info.name.tag for info in metrics}
    assert found[metadata.SESSION_END_INFO_TAG].session_end_info.status == 1  # success


def test_drawing_leaves_training_as_it_was(tmp_path: Path) -> None:
    project = edits.set_frozen(varied(), ["batchnorm2d2"], True)
    setup = set_up(run_of(project, tmp_path), lambda message, fraction: None)
    setup.module.train()
    setup.frozen.hold()
    pixels, labels = setup.training.first(8)
    setup.update.take(pixels, labels, 0.01, 0)
    state = {name: item.clone() for name, item in setup.module.state_dict().items()}
    random, modes = torch.get_rng_state(), [part.training for part in setup.module.modules()]
    file = EventFile(tmp_path / "board", None)
    Portraits(run_of(project, tmp_path), setup, file, fresh=True).draw(1)
    file.close()
    assert all(torch.equal(state[name], item) for name, item in setup.module.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert modes == [part.training for part in setup.module.modules()]


def test_what_cannot_be_written_ends_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: EventFile) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EventFile, "flush", full)
    run, _ = trained(small(epochs=1), tmp_path)
    assert run.state().status == "finished"
    assert "TensorBoard's event files are written no more" in run.log_file.read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_the_graph_of_every_template_can_be_drawn(path: Path) -> None:
    source = write(storage.load(path))
    with torch.device("meta"):
        module = build(source.text)
    nodes = {node.name: node for node in graph_of(module)}
    leaves = [part for part in module.modules() if not list(part.children())]
    assert len(nodes) >= len(leaves)
    assert all(item in nodes for node in nodes.values() for item in node.inputs)


def test_a_network_without_convolutions_has_no_filters(tmp_path: Path) -> None:
    project = chain(
        layer("Input", shape=(1, 8, 8)),
        layer("Flatten"),
        layer("Linear", out_features=10),
        layer("Output"),
    )
    run, _ = trained(project, tmp_path)
    assert opened(run).Tags()["images"] == ["training images"]


def test_files_begun_one_after_the_other_are_named_in_that_order(tmp_path: Path) -> None:
    names: list[str] = []
    for after in (None, 1, 2):
        EventFile(tmp_path, after).close()
        names += [path.name for path in tmp_path.iterdir() if path.name not in names]
    assert len(names) == 3 and names == sorted(names)
    assert len({name.split(".")[3] for name in names}) == 3
