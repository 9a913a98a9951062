"""What is exported runs alone, with the run's weights, and is what was trained."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.codegen import write
from engine.interop.export import ExportError, export
from engine.interop.weights import load_weights, save_weights
from engine.layers import catalogue
from engine.network import storage
from engine.network.edits import set_layer, set_parameters
from engine.network.network import Network
from engine.network.project import Project
from engine.training.build import build
from tests.engine.codegen.networks import lenet5

ALONE = """
import json, sys
import torch
from safetensors.torch import load_file
import trained

torch.set_num_threads(1)
network = trained.build()
network.load_state_dict(load_file("trained.safetensors"), strict=True)
images = torch.linspace(-1, 1, 4 * 32 * 32).reshape(4, 1, 32, 32)
with torch.no_grad():
    outputs = network.eval()(images.contiguous(memory_format=torch.channels_last))
assert "engine" not in sys.modules
print(json.dumps([outputs.flatten().tolist(), trained.MEAN, trained.STD, trained.CLASSES]))
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of LeNet-5 that has ended, its weights as `build()` draws them."""
    folder = tmp_path / "run"
    folder.mkdir()
    project = lenet5()
    storage.save(project, folder / "project.convo")
    torch.manual_seed(7)
    save_weights(build(write(project).text), folder / "weights.safetensors")
    state = {"status": "finished", "mean": [0.25], "std": [0.5], "classes": list("0123456789")}
    (folder / "run.json").write_text(json.dumps(state))
    return folder


def test_without_a_run_the_file_is_the_source(tmp_path: Path) -> None:
    to = tmp_path / "network.py"
    assert export(lenet5(), to) == [to]
    assert to.read_text() == write(lenet5()).text


def test_a_run_is_exported_to_the_last_bit(run: Path, tmp_path: Path) -> None:
    to = tmp_path / "trained.py"
    assert export(lenet5(), to, run) == [to, tmp_path / "trained.safetensors"]
    result = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    outputs, mean, std, classes = json.loads(result.stdout)
    assert (mean, std, classes) == ([0.25], [0.5], list("0123456789"))
    module = build(write(lenet5()).text).eval()
    load_weights(module, run / "weights.safetensors")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    images = torch.linspace(-1, 1, 4 * 32 * 32).reshape(4, 1, 32, 32)
    with torch.no_grad():
        wanted = module(images.contiguous(memory_format=torch.channels_last))
    torch.set_num_threads(threads)
    assert torch.equal(torch.tensor(outputs).reshape(4, 10), wanted)


def test_a_new_title_does_not_matter(run: Path, tmp_path: Path) -> None:
    export(replace(lenet5(), name="Mine"), tmp_path / "mine.py", run)
    assert "class Mine(nn.Module):" in (tmp_path / "mine.py").read_text()


def test_a_run_that_goes_on_gives_its_latest_weights(run: Path, tmp_path: Path) -> None:
    (run / "weights.safetensors").rename(run / "snapshot.safetensors")
    export(lenet5(), tmp_path / "trained.py", run)
    (run / "snapshot.safetensors").unlink()
    with pytest.raises(ExportError, match="has no weights yet"):
        export(lenet5(), tmp_path / "trained.py", run)


def refused(project: Project, run: Path, folder: Path) -> str:
    """The sentence of a refusal, which leaves the old files as they were."""
    to = folder / "old.py"
    to.write_text("old")
    with pytest.raises(ExportError) as caught:
        export(project, to, run)
    assert to.read_text() == "old"
    assert not to.with_suffix(".safetensors").exists()
    return str(caught.value)


def test_another_network_is_refused_by_its_first_tensor(run: Path, tmp_path: Path) -> None:
    wide = set_parameters(lenet5(), "conv2", out_channels=17)
    sentence = refused(wide, run, tmp_path)
    assert "features.conv2.weight as F32 16 x 6 x 5 x 5" in sentence
    assert "F32 17 x 6 x 5 x 5" in sentence


def test_another_activation_is_refused_though_the_tensors_fit(run: Path, tmp_path: Path) -> None:
    other = set_layer(lenet5(), "tanh2", catalogue.layer("ReLU"))
    assert "'tanh2=nn.ReLU(),  # 16 x 10 x 10'" in refused(other, run, tmp_path)


def test_damaged_runs_are_refused(run: Path, tmp_path: Path) -> None:
    weights = (run / "weights.safetensors").read_bytes()
    (run / "weights.safetensors").write_bytes(weights[:-4])
    assert "not a whole safetensors file" in refused(lenet5(), run, tmp_path)
    (run / "weights.safetensors").write_bytes(weights[:-4] + b"\x00\x00\xc0\x7f")
    assert "not numbers" in refused(lenet5(), run, tmp_path)
    (run / "run.json").write_text('{"mean": 3}')
    assert "has no mean, std and classes" in refused(lenet5(), run, tmp_path)
    (run / "run.json").write_text("{")
    assert "is not JSON" in refused(lenet5(), run, tmp_path)
    (run / "run.json").unlink()
    assert "is not a run" in refused(lenet5(), run, tmp_path)


def test_bad_targets_and_broken_networks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"does not end in \.py"):
        export(lenet5(), tmp_path / "network.txt")
    with pytest.raises(ExportError, match="there is no such file or folder"):
        export(lenet5(), tmp_path / "missing" / "network.py")
    with pytest.raises(ExportError, match="The network is empty"):
        export(Project(network=Network()), tmp_path / "network.py")
