"""Record: a run's events folded into curves and figures."""

from __future__ import annotations

import csv
from pathlib import Path

from designer.plots.record import Record
from engine.training.events import EpochEnded, Finished, Measured, Preparing, Started, Steps


def steps(first: int, last: int) -> Steps:
    losses = tuple(1.0 / step for step in range(first, last + 1))
    return Steps(last, losses, losses, 500.0, 9.0)


def record() -> Record:
    result = Record()
    result.add([Preparing("Reading", 0.5), Started("cpu", 1, 3, 4, 128, 20, 61706), steps(1, 4)])
    result.add([EpochEnded(1, 4, 0.5, 0.8, 0.4, 0.9, 500.0, 8.0), steps(5, 6)])
    return result


def test_progress_is_told_from_the_steps() -> None:
    run = record()
    assert (run.steps, run.epoch, run.epochs) == (6, 2, 3)
    assert run.progress == 0.5
    assert run.validation("accuracy") == ([4], [0.9])
    assert run.best and run.best.epoch == 1


def test_steps_told_twice_count_once() -> None:
    run = record()
    run.add([steps(3, 6), steps(5, 8)])
    assert (
        run.loss.values.round(4).tolist() == [round(1 / step, 4) for step in range(1, 9)]
        or len(run.loss) == 8
    )
    assert run.steps == 8


def test_another_run_begins_anew() -> None:
    run = record()
    run.add([Started("cpu", 1, 1, 2, 64, 0, 10)])
    assert run.steps == 0
    assert run.best is None


def test_without_images_kept_aside_there_is_no_best() -> None:
    run = record()
    run.add([Started("cpu", 1, 1, 2, 64, 0, 10), EpochEnded(1, 2, 0.5, 0.5, None, None, 1.0, 0.0)])
    assert run.best is None
    assert run.validation("loss") == ([], [])


def measured(step: int, norm: float | None) -> Measured:
    return Measured(step, norm, 1e-3 * step, 4_000_000 + step, (), (), (), (), (), ())


def test_what_is_measured_now_and_then_is_kept_with_its_steps() -> None:
    run = record()
    run.add([measured(2, 0.5), measured(5, None), measured(6, 0.25), measured(6, 9.0)])
    run.add([Steps(8, (0.1, 0.1), (0.9, 0.9), 700.0, 1.0, 0.004)])
    assert run.gradients.steps.tolist() == [2, 6] and run.gradients.values.tolist() == [0.5, 0.25]
    assert run.ratios.values.tolist() == [0.002, 0.005, 0.006]
    assert run.memory.end == 6 and run.memory.values[-1] == 4_000_006
    assert run.rates.values.tolist() == [0.004]  # Earlier runs did not tell it.
    assert run.speeds.values.tolist() == [500.0, 500.0, 700.0]
    assert run.tells("rates") and run.tells("accuracy") and not Record().tells("memory")


def test_the_first_five_guesses_are_a_curve_where_they_are_told(tmp_path: Path) -> None:
    run = record()
    assert run.validation("top5") == ([], [])
    run.add([EpochEnded(2, 8, 0.5, 0.8, 0.3, 0.92, 500.0, 4.0, 0.99)])
    assert run.validation("top5")[1] == [0.99]


def test_csv_has_what_is_measured_on_the_lines_of_its_steps(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    run = record()
    run.add([measured(2, 0.5), measured(6, 0.25)])
    run.write_csv(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["gradient_norm"] for row in rows] == ["", "0.5", "", "", "", "0.25"]
    assert rows[1]["update_ratio"] == "0.002" and rows[3]["images_per_second"] == "500"


def rebuilding() -> Record:
    run = Record()
    run.add([Started("cpu", 1, 3, 2, 64, 9, 10, "mean squared error", False)])
    for epoch, loss in ((1, 0.4), (2, 0.2), (3, 0.3)):
        run.add([Steps(2 * epoch, (loss, loss), (), 500.0, 1.0)])
        run.add([EpochEnded(epoch, 2 * epoch, loss, None, loss, None, 500.0, 1.0)])
    return run


def test_without_accuracies_the_least_loss_is_the_best() -> None:
    run = rebuilding()
    assert not run.measures_accuracy
    assert run.best and run.best.epoch == 2
    assert run.validation("loss") == ([2, 4, 6], [0.4, 0.2, 0.3])
    assert run.validation("accuracy") == ([], [])


def test_csv_has_no_columns_for_what_is_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    rebuilding().write_csv(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["step", "epoch", "train_loss", "val_loss", "images_per_second"]
    assert (rows[1]["train_loss"], rows[1]["val_loss"]) == ("0.4", "0.4")
    assert len(rows) == 6


def test_the_end_leaves_no_time() -> None:
    run = record()
    run.add([Finished(0.1, 0.98)])
    assert run.seconds_left == 0
    assert isinstance(run.ended, Finished)


def test_csv_holds_a_line_for_every_step(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    record().write_csv(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert rows[3]["epoch"] == "1" and rows[3]["val_accuracy"] == "0.9"
    assert rows[4]["train_loss"] == "0.2" and rows[4]["val_loss"] == ""
