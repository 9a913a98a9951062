"""Whole runs: they learn, they are told of, they leave what others need, and failures are sentences."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine.codegen import write
from engine.data import DataChoice, load
from engine.data.images import split
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.project import Project
from engine.recipe.constant import Constant
from engine.recipe.sgd import SGD
from engine.training.build import build
from engine.training.control import Control
from engine.training.events import EpochEnded, Event, Failed, Finished, Preparing, Started, Steps
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from tests.engine.training.drawing import SMALL, chain, run_of, small, trained

ROOT = Path(__file__).parents[3]


def failure(project: Project, base: Path) -> str:
    run, events = trained(project, base)
    assert run.state().status == "failed"
    last = events[-1]
    assert isinstance(last, Failed)
    assert run.state().message == last.message
    assert last.detail.strip() in run.log_file.read_text()
    return last.message


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, list[Event]]:
    return trained(small(epochs=4, seed=1), tmp_path_factory.mktemp("runs"))


def test_a_small_network_learns_the_digits(done: tuple[RunDirectory, list[Event]]) -> None:
    run, events = done
    assert run.state().status == "finished"
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert [event.epoch for event in epochs] == [1, 2, 3, 4]
    assert epochs[-1].val_accuracy is not None and epochs[-1].val_accuracy > 0.9
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert epochs[-1].seconds_left == 0
    assert events[-1] == Finished(None, None)


def test_every_step_is_told_once_and_in_order(done: tuple[RunDirectory, list[Event]]) -> None:
    _, events = done
    started = next(event for event in events if isinstance(event, Started))
    assert (started.train_images, started.validation_images) == (1527, 270)
    assert started.steps_per_epoch == 24
    assert started.parameters == 8 * 9 + 8 + 8 * 36 * 10 + 10
    told = 0
    for event in events:
        if isinstance(event, Steps):
            told += len(event.losses)
            assert event.step == told
            assert len(event.accuracies) == len(event.losses)
            assert event.images_per_second > 0
        elif isinstance(event, EpochEnded):
            assert event.step == told == event.epoch * 24
    assert told == 96
    assert isinstance(events[0], Preparing)


def test_the_epochs_figures_are_those_of_its_steps(
    done: tuple[RunDirectory, list[Event]],
) -> None:
    _, events = done
    losses = [loss for event in events if isinstance(event, Steps) for loss in event.losses]
    first = next(event for event in events if isinstance(event, EpochEnded))
    sizes = [64] * 23 + [1527 - 23 * 64]
    mean = sum(a * b for a, b in zip(losses, sizes, strict=False)) / 1527
    assert first.train_loss == pytest.approx(mean, rel=1e-5)


def test_the_validation_figures_are_those_of_the_weights_on_the_images_kept_aside(
    done: tuple[RunDirectory, list[Event]],
) -> None:
    run, events = done
    state = run.state()
    module = build(run.source_text()).eval()
    module.load_state_dict(load_file(run.weights_file), strict=True)
    images = load(DataChoice("digits"), (1, 8, 8))
    _, aside = split(images.train.labels, 0.15)
    pixels = torch.from_numpy(images.train.images[aside]) / 255
    with torch.no_grad():
        guesses = module((pixels - state.mean[0]) / state.std[0]).argmax(1)
    accuracy = (guesses == torch.from_numpy(images.train.labels[aside])).double().mean().item()
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert accuracy == pytest.approx(last.val_accuracy)


def test_the_state_says_how_images_are_prepared_and_what_was_computed_with(
    done: tuple[RunDirectory, list[Event]],
) -> None:
    state = done[0].state()
    images = load(DataChoice("digits"), (1, 8, 8))
    assert (state.mean, state.std, state.classes) == (images.mean, images.std, images.classes)
    assert (state.device, state.seed) == ("cpu", 1)
    assert state.threads >= 1


def test_snapshot_and_weights_at_the_end_are_the_same(
    done: tuple[RunDirectory, list[Event]],
) -> None:
    run, _ = done
    snapshot, weights = load_file(run.snapshot_file), load_file(run.weights_file)
    assert snapshot.keys() == weights.keys()
    assert all(torch.equal(snapshot[name], weights[name]) for name in weights)
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


def test_equal_seeds_give_equal_runs_and_others_do_not(
    done: tuple[RunDirectory, list[Event]], tmp_path: Path
) -> None:
    weights = load_file(done[0].weights_file)
    again = load_file(trained(small(epochs=4, seed=1), tmp_path)[0].weights_file)
    other = load_file(trained(small(epochs=4, seed=2), tmp_path)[0].weights_file)
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert not any(torch.equal(weights[name], other[name]) for name in weights)


TRAINING = """
import sys
from pathlib import Path
from engine.training.control import Control
from engine.training.loop import train
from engine.training.rundir import RunDirectory
for path in sys.argv[1:]:
    train(RunDirectory(Path(path)), Control())
"""

EXPORTED = """
import importlib.util, sys, torch
from safetensors.torch import load_file
assert "engine" not in sys.modules
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("model", path + "/model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    module = model.build().eval()
    module.load_state_dict(load_file(path + "/weights.safetensors"), strict=True)
    kept = load_file(path + "/outputs.safetensors")
    print(len(kept["inputs"]), torch.equal(module(kept["inputs"]), kept["outputs"]))
    with torch.inference_mode():
        print(torch.equal(module(kept["inputs"]), kept["outputs"]))
"""

LENET = ROOT / "resources" / "templates" / "lenet5.convo"
COLOUR = (
    layer("Input", shape=(3, 16, 16)),
    layer("Conv2d", out_channels=8, kernel_size=3, padding=1),
    layer("BatchNorm2d"),
    layer("ReLU"),
    layer("MaxPool2d", kernel_size=2),
    layer("Dropout", p=0.2),
    layer("Flatten"),
    layer("Linear", out_features=10),
    layer("Output"),
)


def test_the_exported_file_in_a_clean_process_gives_the_same_outputs_to_the_last_bit(
    tmp_path: Path,
) -> None:
    recipe = replace(small().recipe, epochs=1)
    runs = [
        run_of(replace(project, recipe=recipe), tmp_path)
        for project in (storage.load(LENET), chain(*COLOUR))
    ]
    # As many threads as torch takes by itself, which the trainer does not.
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    said = ""
    for program, place in ((TRAINING, ROOT), (EXPORTED, tmp_path)):
        command = [sys.executable, "-c", program, *(str(run.path) for run in runs)]
        result = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        said = result.stdout
    assert [run.state().status for run in runs] == ["finished", "finished"]
    assert said.split() == ["64", "True", "True"] * 2


def test_a_dataset_with_test_images_is_measured_on_them(tmp_path: Path) -> None:
    layers = (layer("Input", shape=(3, 16, 16)), *SMALL[1:4], layer("Linear", out_features=6))
    project = replace(chain(*layers, layer("Output")), data=DataChoice("shapes"))
    run, events = trained(replace(project, recipe=replace(project.recipe, epochs=1)), tmp_path)
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.test_accuracy is not None and last.test_accuracy > 0.3
    assert (last.test_loss, last.test_accuracy) == (
        run.state().test_loss,
        run.state().test_accuracy,
    )


def test_without_validation_images_their_figures_are_left_out(tmp_path: Path) -> None:
    run, events = trained(small(validation=0.0, epochs=1), tmp_path)
    epoch = next(event for event in events if isinstance(event, EpochEnded))
    assert (epoch.val_loss, epoch.val_accuracy) == (None, None)
    assert run.outputs_file.is_file()


def test_a_single_leftover_image_does_not_break_batch_normalisation(tmp_path: Path) -> None:
    layers = list(SMALL)
    layers[4:5] = [
        layer("Linear", out_features=10),
        layer("Reshape", shape=(10, 1, 1)),
        layer("BatchNorm2d"),
        layer("Flatten"),
    ]
    # 1,527 images in batches of 109 leave one over.
    project = replace(chain(*layers), recipe=replace(small().recipe, batch_size=109, epochs=1))
    run, events = trained(project, tmp_path)
    assert run.state().status == "finished", run.state().message
    started = next(event for event in events if isinstance(event, Started))
    assert started.steps_per_epoch == 14


def test_the_wanted_number_of_threads_is_taken(tmp_path: Path) -> None:
    run = run_of(small(epochs=1), tmp_path)
    run.update(threads=1)
    before = torch.get_num_threads()
    train(run, Control())
    torch.set_num_threads(before)
    assert run.state().threads == 1


def test_a_loss_that_is_no_number_ends_the_run_with_a_cure(tmp_path: Path) -> None:
    project = small(schedule=Constant(), optimizer=SGD(learning_rate=100.0, momentum=0.99))
    layers = [*SMALL[:4], *[layer("Linear", out_features=10)] * 4, SMALL[5]]
    project = replace(project, network=chain(*layers).network)
    message = failure(project, tmp_path)
    assert "became" in message and "lower the learning rate" in message


def test_a_device_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has cuda")
    message = failure(small(device="cuda"), tmp_path)
    assert message == (
        "The recipe asks for the device cuda, but this machine has cpu only; set the device to auto."
    )


def test_a_dataset_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    project = replace(small(), data=DataChoice("mnist", str(tmp_path / "gone")))
    assert "gone is not a folder; choose another for MNIST" in failure(project, tmp_path)


def test_a_network_with_a_problem_is_refused_with_its_sentence(tmp_path: Path) -> None:
    project = chain(*SMALL[:4], layer("Linear", out_features=7), SMALL[5])
    run = RunDirectory.create(tmp_path, project, write(small()).text)
    train(run, Control())
    assert "gets 7 numbers, but Digits has 10 classes" in run.state().message


def test_a_layer_whose_result_nobody_uses_keeps_nothing_from_training(tmp_path: Path) -> None:
    project = small(epochs=1)
    loose = edits.append(project, layer("Conv2d"), "input0")
    run, _ = trained(loose, tmp_path)
    assert run.state().status == "finished", run.state().message


def test_a_module_that_is_not_the_analysed_one_is_refused(tmp_path: Path) -> None:
    run = run_of(small(), tmp_path)
    text = write(chain(*SMALL[:1], layer("Flatten"), *SMALL[4:])).text
    run.source_file.write_text(text)
    train(run, Control())
    assert "parameters, but the drawing was analysed to have" in run.state().message


def test_a_source_that_does_more_than_define_modules_is_not_run(tmp_path: Path) -> None:
    run = run_of(small(), tmp_path)
    run.source_file.write_text("import os\nos.remove('x')\n")
    train(run, Control())
    assert run.state().status == "failed"
    assert run.state().message.startswith("The source is refused at line 1")


def test_memory_that_has_run_out_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*args: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 TB")

    monkeypatch.setattr("engine.training.losses.Objective.__call__", exhausted)
    assert failure(small(), tmp_path) == (
        "Memory has run out; choose a smaller batch size or a smaller network."
    )


def test_a_normalisation_of_one_value_is_a_sentence_that_names_the_cure(tmp_path: Path) -> None:
    whole = layer("Conv2d", out_channels=3, kernel_size=8)
    project = chain(SMALL[0], whole, layer("BatchNorm2d"), *SMALL[3:])
    project = replace(project, recipe=replace(small().recipe, batch_size=1))
    assert "one value per channel" in failure(project, tmp_path)


def test_a_part_kept_aside_that_leaves_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", images=np.zeros((2, 8, 8), np.uint8), labels=[0, 1])
    layers = (*SMALL[:-2], layer("Linear", out_features=2), SMALL[-1])
    project = replace(
        chain(*layers),
        recipe=small(validation=0.9).recipe,
        data=DataChoice("npz", str(tmp_path / "two.npz")),
    )
    assert failure(project, tmp_path).startswith("Of 2 images 2 are kept aside for validation, so")


def test_a_full_disk_is_a_sentence_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run = run_of(small(), tmp_path)
    monkeypatch.setattr("engine.training.results.save_weights", full)
    monkeypatch.setattr(RunDirectory, "log", full)
    train(run, Control())
    assert run.state().status == "failed"
    assert run.state().message == (
        f"The disk of {run.path} is full, so the run cannot go on; make room and train again."
    )


def test_a_run_that_fails_on_a_disk_without_room_for_a_file_is_marked_as_failed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run = run_of(small(epochs=1), tmp_path)
    for place in ("engine.training.rundir.replace_file", "engine.training.results.save_weights"):
        monkeypatch.setattr(place, full)
    monkeypatch.setattr(RunDirectory, "append", full)
    train(run, Control())
    assert run.state().status == "failed"
    assert "make room and train again" in run.state().message


def test_any_other_error_is_told_with_its_traceback_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("engine.training.losses.Objective.__call__", broken)
    assert "KeyError: 'surprise'" in failure(small(), tmp_path)
