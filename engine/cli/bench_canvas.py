"""How fast the canvas is with 520 and with 5,000 nodes; in processes of their own, which have Qt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import resources
from engine.cli.bench_analysis import RESNET_5000, percentile, resnet
from engine.cli.console import InputError, console
from engine.cli.display import has_display, missing_libraries
from engine.network import storage
from engine.network.layout import layout
from engine.network.project import Point, Project
from engine.network.ungrouping import unpack_all

ROOT = Path(__file__).parents[2]
FRAMES = 60
PATIENCE_S = 600
QUIET_MS = 3.4
"""What the calibration loop takes on a quiet machine: a core of a cloud server, Python 3.11."""
CARD = 220.0, 92.0

GESTURES = "pan", "zoom", "repaint", "drag", "hit", "edit_to_badge", "remove"
TARGETS = {
    "pan_5000_p95_ms": 8.0,
    "zoom_5000_p95_ms": 8.0,
    "repaint_5000_p95_ms": 10.0,
    "drag_5000_p95_ms": 3.0,
    "hit_5000_p95_ms": 0.2,
    "edit_to_badge_5000_p95_ms": 16.0,
    "remove_5000_p95_ms": 16.0,
    "repaint_5000_ratio2_p95_ms": 16.6,
    "build_5000_s": 1.0,
    "memory_5000_mb": 100.0,
    "pan_520_p95_ms": 8.0,
    "zoom_520_p95_ms": 8.0,
    "repaint_520_p95_ms": 8.0,
    "drag_520_p95_ms": 8.0,
    "hit_520_p95_ms": 8.0,
    "edit_to_badge_520_p95_ms": 8.0,
    "remove_520_p95_ms": 8.0,
    "layout_resnet152_s": 0.2,
    "layout_5000_s": 2.0,
    "layout_resnet152_aspect": 3.0,
    "layout_5000_aspect": 3.0,
}
"""At most so much, on a quiet machine."""


class _Told(dict[str, Any]):
    """What a process measured: a number, or one for each zoom."""

    def worst(self, name: str) -> float:
        value: float | dict[str, float] = self[name]
        return max(value.values()) if isinstance(value, dict) else value


def measure(
    display: bool = False, frames: int = FRAMES, graphs: Mapping[str, Project] | None = None
) -> dict[str, float]:
    """The metrics, most of them 95th percentiles in milliseconds of the process's CPU time.

    The canvas is 1600 x 1000 pixels with thumbnails on every card, the minimap on; off screen, or
    with `display` on the display that there is. Where a gesture is measured at several zooms the
    worst of them counts. `pan`, `zoom` and `drag` are one event and the painting that follows,
    `repaint` the whole canvas at zooms of 0.1 to 3 (`ratio2`: at two device pixels per pixel),
    `hit` what is under a point, `edit_to_badge` and `remove` an edit of the document until it is
    painted, `build` the items of a network until they are first painted, `memory` what they add to
    the process. `layout` is the time of `engine.network.layout`, `aspect` the width it gives over
    the height. `calibration_ratio` is a fixed loop's time over its time on a quiet machine.
    """
    if not display or not has_display():
        environment = {"QT_QPA_PLATFORM": "offscreen"}
    else:
        environment = {}
    problem = missing_libraries()
    if problem:
        raise InputError(problem)
    found: dict[str, float] = {}
    calibration: list[float] = []
    graphs = graphs or {"520": resnet152(), "5000": resnet(RESNET_5000)}
    with tempfile.TemporaryDirectory() as home:
        for size, project in graphs.items():
            name = "resnet152" if size == "520" else size
            took, places = _laid_out(project)
            found[f"layout_{name}_s"] = took
            found[f"layout_{name}_aspect"] = aspect(places)
            path = Path(home) / f"{size}.convo"
            storage.save(replace(project, placement=places), path)
            told = _told(path, home, environment, f"canvas {frames} all")
            found |= _metrics(size, told)
            calibration.append(told.worst("calibration_ms"))
            doubled = {**environment, "QT_SCALE_FACTOR": "2"}
            told = _told(path, home, doubled, f"canvas {frames} repaint")
            found[f"repaint_{size}_ratio2_p95_ms"] = told.worst("repaint")
    found["calibration_ratio"] = sum(calibration) / len(calibration) / QUIET_MS
    return {name: round(value, 4) for name, value in found.items()}


def show(found: Mapping[str, float]) -> None:
    """Print a table of the metrics beside their targets."""
    screen = console()
    screen.print(f"{'metric':32} {'measured':>10} {'target':>10}", highlight=False)
    for name, value in found.items():
        target = TARGETS.get(name)
        aim = f"{target:10.4g} {'' if value <= target else '  missed'}" if target else ""
        screen.print(f"{name:32} {value:10.4g} {aim}", highlight=False)


def resnet152() -> Project:
    """ResNet-152 with all blocks unpacked."""
    return unpack_all(storage.load(resources.TEMPLATES / "resnet152.convo"))


def aspect(places: Mapping[str, Point]) -> float:
    """How many times as wide as high cards at these places are."""
    xs, ys = zip(*places.values(), strict=True)
    return (max(xs) - min(xs) + CARD[0]) / (max(ys) - min(ys) + CARD[1])


def _laid_out(project: Project) -> tuple[float, dict[str, Point]]:
    """Seconds for the layout, the median of three, and the places."""
    times: list[float] = []
    places: dict[str, Point] = {}
    for _ in range(3):
        start = time.process_time()
        places = layout(project.network, {})
        times.append(time.process_time() - start)
    return percentile(times, 0.5), places


def _metrics(size: str, told: _Told) -> dict[str, float]:
    found = {f"{name}_{size}_p95_ms": told.worst(name) for name in GESTURES}
    found[f"build_{size}_s"] = told.worst("build_s")
    found[f"memory_{size}_mb"] = told.worst("memory_mb")
    return found


def _told(path: Path, home: str, environment: Mapping[str, str], probe: str) -> _Told:
    """What a designer's process with this network measures."""
    command: Sequence[str] = [sys.executable, str(ROOT / "main.py"), str(path)]
    try:
        done = subprocess.run(
            command,
            env={
                **os.environ,
                **environment,
                "CONVOSCOPE_PROBE": probe,
                "CONVOSCOPE_HOME": home,
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"The canvas was not measured in {PATIENCE_S} s.") from None
    try:
        return _Told(json.loads(done.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        raise InputError(
            f"The canvas could not be measured (exit code {done.returncode}): "
            f"{(done.stderr.splitlines() or ['it said nothing'])[-1]}"
        ) from None
