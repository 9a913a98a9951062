from __future__ import annotations

import json

import pytest

from engine.cli import bench_analysis, bench_canvas, bench_startup
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
