"""Losses and accuracies are found among the scalars of other tools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary as Written
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from designer.panels.runs import RunsPanel
from designer.runlist.foreign import Scalar, foreign_runs


def scalar(*values: float) -> Scalar:
    return np.arange(1, len(values) + 1) * 10, np.asarray(values)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("loss", "val_loss", "accuracy", "val_accuracy"), 4),
        (("train/loss", "train/accuracy", "validation/loss", "validation/acc"), 4),
        (("train/epoch_loss", "validation/epoch_loss"), 2),
        (("Loss/train", "Loss/test", "Accuracy/train", "Accuracy/test"), 4),
        (("train_loss_step", "train_acc", "valid_loss"), 3),
        (("lr", "gradient_norm"), 0),
    ],
)
def test_tags_of_common_tools_are_told_apart(tags: tuple[str, ...], expected: int) -> None:
    found = foreign_runs("log", {tag: scalar(0.9, 0.5) for tag in tags})
    assert sum(len(run.lines) for run in found) == expected
    assert all(run.name == "log" for run in found)
    if expected == 4:
        assert set(found[0].lines) == {
            (what, part) for what in ("loss", "accuracy") for part in ("training", "validation")
        }


def test_folders_of_several_runs_are_several_runs() -> None:
    found = foreign_runs("log", {f"{run}/train/loss": scalar(1.0) for run in ("wide", "deep")})
    assert sorted(run.name for run in found) == ["log/deep", "log/wide"]


def test_the_plainest_tag_counts() -> None:
    (run,) = foreign_runs("log", {"auxiliary_loss": scalar(9.0), "loss": scalar(1.0)})
    assert run.lines["loss", "training"][1].tolist() == [1.0]


def test_percentages_are_parts_of_1_and_what_is_no_number_is_left_out() -> None:
    (run,) = foreign_runs(
        "log", {"accuracy": scalar(50.0, np.nan, 90.0), "loss": scalar(np.nan, np.inf)}
    )
    steps, values = run.lines["accuracy", "training"]
    assert (steps.tolist(), values.tolist()) == ([10, 30], [0.5, 0.9])
    assert ("loss", "training") not in run.lines
    assert run.steps == 30


def test_training_is_smoothed_over_steps_and_validation_is_not() -> None:
    (run,) = foreign_runs("log", {"loss": scalar(1, 2, 3, 4), "val_loss": scalar(1, 2, 3, 4)})
    at, smooth = run.line("loss", "training", 20, 15, 99)
    assert (at.tolist(), smooth.tolist()) == ([20, 30, 40], [2.0, 3.0, 3.5])
    assert run.line("loss", "validation", 20, 0, 99)[1].tolist() == [1, 2, 3, 4]
    assert len(run.line("accuracy", "training", 1, 0, 99)[0]) == 0


def written(folder: Path, **scalars: list[float]) -> Path:
    """A folder with an event file, written by TensorBoard itself."""
    writer = EventFileWriter(str(folder))
    for tag, values in scalars.items():
        for step, value in enumerate(values, 1):
            summary = Written(value=[Written.Value(tag=tag, simple_value=value)])
            writer.add_event(Event(step=step, wall_time=float(step), summary=summary))
    writer.close()
    return folder


def test_the_panel_shows_curves_of_another_tool_over_ones_own(
    panel: RunsPanel, make_run, qtbot: QtBot, tmp_path: Path
) -> None:
    make_run("mine")
    panel.show()
    qtbot.waitUntil(lambda: len(panel.model.shown) == 1)
    panel.compare(panel.model.shown)
    panel.reader.read_foreign(written(tmp_path / "theirs", loss=[1.0, 0.5], val_acc=[50.0, 75.0]))
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    curves = panel.curves
    assert curves is not None
    qtbot.waitUntil(lambda: curves.key.values == [["0.2", "0.75"], ["90.0 %", "75.0 %"]])
    assert curves.loss.item.getAxis("bottom").labelText == "step"
    # A click on its line in the key takes it away, and epochs are counted again.
    curves.key.left_out.emit(1)
    assert curves.loss.item.getAxis("bottom").labelText == "epoch"
    assert curves.key.values == [["0.2"], ["90.0 %"]]


def test_a_folder_without_event_files_is_said_in_a_sentence(
    panel: RunsPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.show()
    with qtbot.waitSignal(panel.failed) as said:
        panel.reader.read_foreign(tmp_path)
    assert "holds no event files of TensorBoard" in said.args[0]
    with qtbot.waitSignal(panel.failed) as said:
        panel.reader.read_foreign(written(tmp_path / "rates", lr=[0.1]))
    assert said.args[0].endswith("no scalar with loss or accuracy in its name.")
