"""What the window's process holds: no torch, whatever is done in it, and no worker left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys, time
from PySide6.QtCore import QTimer
from designer.app import MainWindow, application
from designer.style import theme
from engine.network import edits

app = application()
theme().apply("dark")
window = MainWindow()
window.start(None)
window.document.do("One epoch", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=1)))
seen = []
window.workshop.lab.observed.connect(lambda o: seen.append((o.node, o.weights)))

def wait(done, seconds=100):
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        app.processEvents()
        time.sleep(0.005)
    assert done()

wait(lambda: window.workshop.lab.state == "ready")
window.train()
for dock in window.docks.values():
    dock.raise_()
    app.processEvents()
window.docks["Feature maps"].raise_()
window.document.select(["conv2"])
wait(lambda: window.workshop.status == "finished")
wait(lambda: ("conv2", "final") in seen)
window.files.export_to(__import__("pathlib").Path(sys.argv[1]))
roots = sorted({name.partition(".")[0] for name in sys.modules})
window.close()
print(json.dumps({"roots": roots, "said": window.toast.text}))
"""


def test_the_window_process_draws_trains_views_and_exports_without_torch(
    tmp_path: Path, data_home: Path
) -> None:
    code = tmp_path / "net.py"
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(code)],
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"CONVOSCOPE_HOME": str(data_home)},
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["said"] == "Exported net.py and net.safetensors"
    assert not {"torch", "sklearn", "scipy", "pandas"} & set(told["roots"])
    assert code.is_file()
    assert code.with_suffix(".safetensors").is_file()


def test_the_program_ends_when_its_window_is_closed(data_home: Path) -> None:
    run = subprocess.run(
        [sys.executable, "main.py"],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"CONVOSCOPE_HOME": str(data_home), "CONVOSCOPE_PROBE": "startup"},
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["visible"]
