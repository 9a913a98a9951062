"""How long until the window can be used, and a worker can train; in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from engine.cli.console import InputError
from engine.cli.display import has_display

ROOT = Path(__file__).parents[2]
ROUNDS = 5
PATIENCE_S = 120
TORCH = "import torch; print('{}', flush=True)"
RUN = """
import json, time
from statistics import median
import resources
from engine.codegen import write
from engine.network import edits, storage
from engine.training.events import Steps
from engine.training.rundir import RunDirectory, runs_folder
from engine.workers.handles import TrainerHandle
from engine.workers.messages import Stop
project = storage.load(resources.TEMPLATES / "lenet5.convo")
project = edits.set_recipe(project, project.recipe.changed(epochs=100_000))

def new_run():
    return RunDirectory.create(runs_folder(), project, write(project).text)

def wait(trainer, done):
    began = time.monotonic()
    while not done() and time.monotonic() < began + 100:
        trainer.poll()
        time.sleep(0.002)
    return time.monotonic() - began

def end(trainer):
    trainer.send(Stop())
    time.sleep(0.5)
    trainer.close()
"""
WORKER = (
    RUN
    + """
run = new_run()
trainer = TrainerHandle.spawn_warm()
trainer.start(run.path)
cold = wait(trainer, lambda: trainer.ready)
end(trainer)
trainer = TrainerHandle.spawn_warm()
wait(trainer, lambda: trainer.ready)
run = new_run()
trainer.start(run.path)
warm = wait(trainer, lambda: run.state().address)
end(trainer)
print(json.dumps({"cold": cold, "warm": warm}), flush=True)
"""
)
ALONE = (
    RUN
    + """
run = new_run()
trainer = TrainerHandle.spawn_warm()
trainer.start(run.path)
read, began, speeds = 0, 0.0, []
until = time.monotonic() + 100
while time.monotonic() < until:
    events, read = run.events(read)
    found = [event.images_per_second for event in events if isinstance(event, Steps)]
    if found and not began:
        began = time.monotonic()
        until = began + 15
    elif time.monotonic() > began + 3:
        speeds += found
    trainer.poll()
    time.sleep(0.05)
end(trainer)
print(json.dumps({"images_per_second": median(speeds)}), flush=True)
"""
)


def measure() -> dict[str, float]:
    """The metrics: medians of `ROUNDS` alternating runs, of wall-clock seconds from the start of a
    process to the line that it prints when it is done, and ratios of the medians.

    `_cpu` is the same in processor time of that process, which other work on the machine does not
    lengthen. `window_visible_s` ends when the first full picture is painted, `worker_ready_s` goes
    from the request for a trainer to its answer that it can train, `warm_worker_ready_s` the same
    with a trainer that waits already. `stall` is how late the
    window's event loop comes to a beat while LeNet-5 trains at full speed with curves, feature maps
    and thumbnails open; `training_beside_window_vs_alone` the trainer's speed then, over its speed
    without a window.
    """
    window = [sys.executable, str(ROOT / "main.py")]
    torch = [sys.executable, "-c", TORCH]
    worker = [sys.executable, "-c", WORKER]
    alone = [sys.executable, "-c", ALONE]
    with tempfile.TemporaryDirectory() as home:
        _timed(window, home)  # The first compiles fonts and byte code.
        _timed(torch, home)
        rounds = [(_timed(window, home), _timed(torch, home)) for _ in range(ROUNDS)]
        workers = [_timed(worker, home)[2] for _ in range(3)]
        training = [(_timed(window, home, "training")[2], _timed(alone, home)[2]) for _ in range(3)]
    windows, torches = zip(*rounds, strict=True)
    visible, imported = (median(item[0] for item in items) for items in (windows, torches))
    visible_cpu, imported_cpu = (median(item[1] for item in items) for items in (windows, torches))
    told = [item[2] for item in windows]
    ready = median(float(item["cold"]) for item in workers)
    found = {
        "window_vs_import_torch": visible / imported,
        "window_vs_import_torch_cpu": visible_cpu / imported_cpu,
        "window_visible_s": visible,
        "window_visible_cpu_s": visible_cpu,
        "import_torch_s": imported,
        "import_torch_cpu_s": imported_cpu,
        "window_memory_mb": median(float(item["memory_mb"]) for item in told),
        "torch_in_window": float(any(item["torch"] for item in told)),
        "worker_ready_s": ready,
        "worker_ready_vs_import_torch": ready / imported,
        "warm_worker_ready_s": median(float(item["warm"]) for item in workers),
        "stall_p99_ms": median(float(beside["stall_p99_ms"]) for beside, _ in training),
        "stall_worst_ms": median(float(beside["stall_worst_ms"]) for beside, _ in training),
        "training_beside_window_vs_alone": median(
            float(beside["images_per_second"]) / float(alone["images_per_second"])
            for beside, alone in training
        ),
    }
    return {name: round(value, 4) for name, value in found.items()}


def _timed(
    command: Sequence[str], home: str, probe: str = "startup"
) -> tuple[float, float, Mapping[str, Any]]:
    """Seconds until the process prints a line of JSON, its processor seconds, and what it printed."""
    environment = {
        **os.environ,
        "CONVOSCOPE_PROBE": probe,
        "CONVOSCOPE_HOME": home,
        "PYTHONPATH": str(ROOT),
        # Both sides start from byte code, as they do for everyone after the first time.
        "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not has_display():
        environment["QT_QPA_PLATFORM"] = "offscreen"
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        elapsed = time.perf_counter() - began
        used = _processor_time(process.pid)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise InputError(
                f"{Path(command[1]).name} did not end {PATIENCE_S} s after it had measured; "
                "see what holds it when its window is closed by hand."
            ) from None
    try:
        told = json.loads(line)
        if "failed" in told:
            raise InputError(f"The measurement failed: {told['failed']}")
        return elapsed, used or elapsed, told
    except ValueError:
        raise InputError(
            f"{Path(command[1]).name} did not start (exit code {process.returncode}); "
            "see what it says when it is run by hand."
        ) from None


def _processor_time(pid: int) -> float:
    """Seconds of processor time that a live process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0
