from __future__ import annotations

import json

import pytest

from engine.cli import bench_analysis, bench_canvas, bench_startup, bench_train
from engine.cli.console import InputError


def test_metrics_are_one_object_of_numbers(convoscope, monkeypatch):
    monkeypatch.setattr(bench_analysis, "measure", lambda: {"chain5000_cold_ms": 21.5})
    assert json.loads(convoscope("bench", "analysis", "--json").out) == {"chain5000_cold_ms": 21.5}
    assert "chain5000_cold_ms" in convoscope("bench", "analysis").out


def test_what_cannot_be_measured_is_one_sentence(refused):
    assert "invalid choice: 'everything'" in refused("bench", "everything")


def test_a_process_is_timed_until_it_says_that_it_is_done(tmp_path):
    import sys

    command = [sys.executable, "-c", "import time; time.sleep(0.2); print('{\"a\": 1}')"]
    elapsed, used, told = bench_startup._timed(command, str(tmp_path))
    assert elapsed >= 0.2
    assert used > 0
    assert told == {"a": 1}


def test_a_process_that_dies_is_one_sentence(tmp_path):
    import sys

    with pytest.raises(InputError, match=r"did not start \(exit code 3\)"):
        bench_startup._timed([sys.executable, "-c", "raise SystemExit(3)"], str(tmp_path))


def test_the_window_stands_before_torch_could_be_imported_and_does_without_it(request, monkeypatch):
    if not request.config.getoption("--thorough"):
        pytest.skip("takes a minute and wants a quiet machine; runs with --thorough")
    monkeypatch.setattr(bench_startup, "ROUNDS", 3)
    found = bench_startup.measure()
    assert found["torch_in_window"] == 0
    assert found["window_vs_import_torch_cpu"] <= 0.9
    assert found["window_memory_mb"] <= 250


def test_the_canvas_is_measured_in_a_window_of_its_own():
    found = bench_canvas.measure(frames=3, graphs={"29": bench_analysis.resnet((1, 1))})

    gestures = ("pan", "zoom", "repaint", "drag", "hit", "edit_to_badge", "remove")
    names = {f"{gesture}_29_p95_ms" for gesture in gestures} | {"repaint_29_ratio2_p95_ms"}
    names |= {"build_29_s", "memory_29_mb", "layout_29_s", "layout_29_aspect", "calibration_ratio"}
    assert found.keys() == names
    assert all(value > 0 for name, value in found.items() if name != "memory_29_mb")


def test_the_metrics_of_the_canvas_are_one_object_or_a_table_with_targets(convoscope, monkeypatch):
    found = {"pan_5000_p95_ms": 9.5, "zoom_5000_p95_ms": 4.0, "calibration_ratio": 1.0}
    monkeypatch.setattr(bench_canvas, "measure", lambda display: found)

    assert json.loads(convoscope("bench", "canvas", "--json").out) == found
    pan, zoom = convoscope("bench", "canvas").out.splitlines()[1:3]
    assert "missed" in pan and "8" in pan
    assert "missed" not in zoom


def test_training_is_measured_beside_loops_that_compute_the_same(convoscope, monkeypatch):
    case = bench_train.Case("lenet5", "mnist", 64, viewers="all")
    monkeypatch.setattr(bench_train, "QUICK", (case,))

    found = json.loads(convoscope("bench", "train", "--quick", "--json").out)

    name = "lenet5_mnist_b64_all_viewers"
    kinds = {f"{name}{of}_images_per_second" for of in ("", "_best", "_tutorial")}
    for loop in ("best", "tutorial"):
        kinds |= {f"{name}_vs_{loop}", f"{name}_vs_{loop}_spread"}
    assert found.keys() == kinds | {f"{name}_loss_difference", "images"}
    assert found["images"] == {"mnist": "generated"}
    assert 0 <= found[f"{name}_loss_difference"] < 1e-3
    assert found[f"{name}_vs_tutorial"] > 0


def test_a_ratio_holds_its_share_of_what_is_done_once_a_second():
    # Every fourth of our turns takes twice as long.
    rows = [
        {"ours": 50.0 if at % 4 == 3 else 100.0, "best": 100.0, "tutorial": 25.0}
        for at in range(12)
    ]
    found = bench_train._summary("x", rows)
    assert found["x_vs_best"] == 0.8
    assert found["x_vs_best_spread"] == [0.8, 0.8]
    assert found["x_vs_tutorial"] == 4.0


def test_loops_that_compute_otherwise_are_not_compared():
    losses = {"ours": [2.3, 2.2], "best": [2.3, 2.2], "tutorial": [2.3, 2.22]}
    with pytest.raises(InputError, match="do not compute the same"):
        bench_train._difference("x", losses)


def test_images_of_another_kind_are_not_trained_on(refused):
    assert "digits, but the benchmark trains on mnist and cifar10" in refused(
        "bench", "train", "--data", "digits"
    )


def test_the_metrics_of_training_are_a_table_with_targets(convoscope, monkeypatch):
    found = {}
    for name, ratio in (("lenet5_mnist_b64", 0.97), ("lenet5_mnist_b64_all_viewers", 0.97)):
        found |= {f"{name}_vs_best": ratio, f"{name}_vs_best_spread": [0.9, 1.0]}
        found |= {f"{name}_vs_tutorial": 1.5, f"{name}_images_per_second": 12345.0}
    found["images"] = {"mnist": "real"}
    monkeypatch.setattr(bench_train, "measure", lambda folders, quick: found)

    one, every = convoscope("bench", "train").out.splitlines()[1:3]
    assert "12,345" in one and "0.970 (0.90-1.00)" in one and "missed" in one
    assert "lenet5_mnist_b64, all" in every and "missed" not in every
