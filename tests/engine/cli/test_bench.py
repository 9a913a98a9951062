from __future__ import annotations

import json

import pytest

from engine.cli import bench_analysis, bench_startup
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
