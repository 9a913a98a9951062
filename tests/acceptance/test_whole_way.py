"""The whole way once, with mouse and keyboard: draw, train, watch, save, reopen, export, run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar

from engine.codegen import write
from engine.network import storage
from tests.acceptance.hand import Hand

LAYERS = (
    ("conv2d", {"out_channels": "6", "kernel_size": "5"}),
    ("tanh", {}),
    ("avgpool", {"kernel_size": "2"}),
    ("conv2d", {"out_channels": "16", "kernel_size": "5"}),
    ("tanh", {}),
    ("avgpool", {"kernel_size": "2"}),
    ("conv2d", {"out_channels": "120", "kernel_size": "5"}),
    ("tanh", {}),
    ("flatten", {}),
    ("dense", {"out_features": "84"}),
    ("tanh", {}),
    ("dense", {"out_features": "10"}),
    ("output", {}),
)


def draw_lenet(hand: Hand) -> None:
    """LeNet-5 on an empty canvas: the first node by double click, the others by dragging links."""
    name = hand.add_at(hand.clear(0.05, 0.08), "input")
    hand.set(name, "shape", "1, 32, 32")
    for query, values in LAYERS:
        hand.canvas.setFocus()
        hand.press(Qt.Key.Key_F)
        name = hand.add_behind(name, query, hand.room_near(name))
        hand.canvas.setFocus()
        hand.press(Qt.Key.Key_F)
        for parameter, text in values.items():
            hand.set(name, parameter, text)


def show_tab(hand: Hand, title: str) -> None:
    """Click a panel's tab."""
    for bar in hand.window.findChildren(QTabBar):
        for index in range(bar.count()):
            if bar.tabText(index) == title:
                hand.click(bar, bar.tabRect(index).center())
                return
    raise AssertionError(f"there is no tab {title}")


def test_lenet_is_drawn_trained_watched_saved_reopened_and_exported_by_hand(
    hand: Hand, tmp_path: Path
) -> None:
    window = hand.window
    draw_lenet(hand)
    assert window.document.analysis.problems == ()
    assert window.document.analysis.parameters == 61_706

    window.workshop.warm_up()
    seen: list[object] = []
    window.workshop.lab.observed.connect(seen.append)
    hand.click(window.bar.train)
    hand.wait(lambda: window.workshop.status == "running")
    show_tab(hand, "Feature maps")
    hand.click_card("conv1")
    hand.wait(lambda: any(o.node == "conv1" and o.weights.startswith("step") for o in seen))
    assert next(o for o in seen if o.node == "conv1").activation.shape == (6, 28, 28)
    hand.wait(lambda: window.workshop.status == "finished")
    show_tab(hand, "Training")
    record = window.training.record
    assert len(record.epochs_ended) == 5
    assert record.epochs_ended[-1].val_accuracy > 0.9

    path, code = tmp_path / "drawn net.convo", tmp_path / "drawn_net.py"
    assert window.document.modified
    hand.press_and_name(Qt.Key.Key_S, path)
    assert not window.document.modified
    drawn = window.document.project
    hand.press(Qt.Key.Key_N, control=True)
    assert not window.document.project.network.nodes
    hand.press_and_name(Qt.Key.Key_O, path)
    assert window.document.project == drawn == storage.load(path)
    hand.press_and_name(Qt.Key.Key_E, code)
    assert code.read_text().startswith('"""')
    assert code.with_suffix(".safetensors").is_file()

    outputs = window.workshop.run.outputs_file
    assert run_alone(code, outputs) == {"equal": True, "torch_only": True}


def run_alone(code: Path, outputs: Path) -> dict[str, bool]:
    """Run the exported file in a clean process on the trainer's inputs; compare to the last bit."""
    script = f"""
import json, sys
sys.path.insert(0, {str(code.parent)!r})
import {code.stem} as exported
ours = sorted(name for name in sys.modules if name.partition(".")[0] in ("engine", "designer"))
import torch
from safetensors.torch import load_file
network = exported.build()
network.load_state_dict(load_file({str(code.with_suffix(".safetensors"))!r}), strict=True)
network.eval()
kept = load_file({str(outputs)!r})
with torch.no_grad():
    answer = network(kept["inputs"])
print(json.dumps(dict(equal=torch.equal(answer, kept["outputs"]), torch_only=not ours)))
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=code.parent
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_drawn_code_is_the_code_of_the_same_network_from_the_template(hand: Hand) -> None:
    draw_lenet(hand)
    source = write(hand.window.document.project)
    assert source.text.count("nn.Conv2d(") == 3
    assert "nn.Linear(84, 10)" in source.text
