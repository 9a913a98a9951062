"""How well ResNet-8 learns CIFAR-10 by its template, and by a script in plain PyTorch with the same recipe."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import resources
from engine.cli.bench_resnet8 import EPOCHS
from engine.cli.console import InputError, console
from engine.data import DataError, catalogue, choose
from engine.data.download import cache_folder
from engine.training.rundir import RunDirectory
from engine.workers.spawn import environment

ROOT = Path(__file__).parents[2]


def measure(folders: Sequence[str] = (), seeds: int = 3, quick: bool = False) -> dict[str, Any]:
    """The accuracies on the test images, as parts of 1, for seeds 0 to `seeds` - 1; raises `InputError`.

    `ours` is `main.py train` with the template as it is shipped, `by_hand` the module
    `bench_resnet8`; `spread` is the standard deviation over the seeds, `standard_error` that of the
    `difference` of the means (both 0 for one seed). The images are those of CIFAR-10 in the one folder
    of `folders`, or the downloaded ones. `quick` trains for one epoch, and one seed.
    """
    folder = _folder(folders)
    seeds, epochs = (1, 1) if quick else (seeds, EPOCHS)
    told = console(to_stderr=True)
    accuracies: dict[str, list[float]] = {"ours": [], "by_hand": []}
    for seed in range(seeds):
        for name, train in (("ours", _ours), ("by_hand", _by_hand)):
            accuracies[name].append(train(folder, seed, epochs))
            told.print(f"seed {seed}, {name}: {accuracies[name][-1]:.2%}", style="dim")
    found: dict[str, Any] = {}
    spreads = {name: stdev(values) if seeds > 1 else 0.0 for name, values in accuracies.items()}
    for name, values in accuracies.items():
        found[f"resnet8_cifar10_{name}"] = round(mean(values), 4)
        found[f"resnet8_cifar10_{name}_spread"] = round(spreads[name], 4)
        found[f"resnet8_cifar10_{name}_each"] = [round(value, 4) for value in values]
    difference = mean(accuracies["ours"]) - mean(accuracies["by_hand"])
    error = (sum(spread**2 for spread in spreads.values()) / seeds) ** 0.5
    found["resnet8_cifar10_difference"] = round(difference, 4)
    found["resnet8_cifar10_standard_error"] = round(error, 4)
    found["epochs"] = epochs
    return found


def show(found: Mapping[str, Any]) -> None:
    """Print the means with their spreads, and how far they lie apart."""
    screen = console()
    for name, title in (("ours", "the template"), ("by_hand", "plain PyTorch")):
        key = f"resnet8_cifar10_{name}"
        each = ", ".join(f"{value:.2%}" for value in found[f"{key}_each"])
        screen.print(f"{title:14} {found[key]:.2%} ± {found[f'{key}_spread']:.2%}  ({each})")
    screen.print(
        f"{'difference':14} {found['resnet8_cifar10_difference']:+.2%}, with a standard error of "
        f"{found['resnet8_cifar10_standard_error']:.2%} over the seeds"
    )


def _folder(folders: Sequence[str]) -> Path:
    dataset = catalogue()["cifar10"]
    if not folders:
        folder = cache_folder(dataset)
    elif len(folders) == 1:
        try:
            choice = choose(folders[0])
        except DataError as error:
            raise InputError(str(error)) from None
        folder = Path(choice.folder) if choice.name == "cifar10" else Path(folders[0])
    else:
        raise InputError(f"--data names {len(folders)} folders, but CIFAR-10 lies in one.")
    if not dataset.recognises(folder) or not (folder / "test_batch.bin").is_file():
        raise InputError(
            f"{folder} lacks the files of CIFAR-10 ({', '.join(dataset.files)}); name a folder that "
            "has them by --data."
        )
    return folder


def _ours(folder: Path, seed: int, epochs: int) -> float:
    with tempfile.TemporaryDirectory() as home:
        out = Path(home) / "run"
        template = resources.TEMPLATES / "resnet8.convo"
        command = [str(ROOT / "main.py"), "train", str(template), "--data", f"cifar10={folder}"]
        options = ["--seed", str(seed), "--epochs", str(epochs), "--out", str(out), "--json"]
        _ran([*command, *options])
        accuracy = RunDirectory.open(out).state().test_accuracy
    assert accuracy is not None
    return accuracy


def _by_hand(folder: Path, seed: int, epochs: int) -> float:
    module = ["-m", "engine.cli.bench_resnet8"]
    output = _ran([*module, str(folder), str(seed), str(epochs)])
    return float(json.loads(output.splitlines()[-1])["accuracy"])


def _ran(command: Sequence[str]) -> str:
    """What a process of this Python says when it has ended well; raises `InputError` otherwise."""
    done = subprocess.run(
        [sys.executable, *command],
        env=environment("trainer"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.splitlines() or ["it said nothing"])[-1]
        raise InputError(f"{' '.join(command[:2])} failed (exit code {done.returncode}): {last}")
    return done.stdout
