"""How fast training is, against two loops written by hand; each comparison in a process of its own."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from typing import IO, Any

import numpy as np

import resources
from engine.analysis import analyse
from engine.cli.console import InputError, console
from engine.codegen import write
from engine.codegen.source import Source
from engine.data import DataChoice, DataError, catalogue, choose
from engine.data.download import cache_folder
from engine.network import storage
from engine.network.project import Project
from engine.training.checks import input_shape
from engine.training.events import SnapshotWritten
from engine.training.rundir import RunDirectory
from engine.workers.desk import LabDesk
from engine.workers.messages import Load, Observation, Observe, Refused
from engine.workers.spawn import environment

ROUNDS = 40
TURN_S = 0.3
"""How long each loop works in a round."""
WINDOW = 4
"""Rounds whose times are summed to one ratio: more than a second of our loop, so that each holds its
share of what is done once a second."""
ALIKE = 5e-3
"""How far losses may lie apart, as a part of them, to count as the same but for rounding, which every
step of a deep network with normalisation makes some ten times as large."""
GLANCE_S = 0.03
PATIENCE_S = 180
"""Seconds without a sign of a comparison after which it is given up."""
TARGETS = {"one": 0.98, "all": 0.95}
"""Of the best loop's speed, with one viewer open and with all."""

GENERATED = {"mnist": 60_000, "cifar10": 10_000, "imagenet": 2_048}
"""How many images are generated where there are no real ones."""


@dataclass(frozen=True)
class Case:
    """One comparison: a template, its data, a batch size, where it is trained, and who watches."""

    template: str
    data: str
    batch: int
    device: str = "cpu"
    viewers: str = "one"

    @property
    def name(self) -> str:
        """How its metrics begin."""
        where = "" if self.device == "cpu" else f"{self.device}_"
        watched = "" if self.viewers == "one" else "_all_viewers"
        return f"{where}{self.template}_{self.data}_b{self.batch}{watched}"


CASES = (
    *(Case("lenet5", "mnist", batch) for batch in (32, 64, 128, 512)),
    *(Case("resnet8", "cifar10", batch) for batch in (64, 512)),
    Case("lenet5", "mnist", 64, viewers="all"),
    Case("resnet8", "cifar10", 64, viewers="all"),
)
ON_CUDA = (
    *(replace(case, device="cuda") for case in CASES),
    *(Case("resnet18", "imagenet", batch, "cuda") for batch in (64, 256)),
)
QUICK = (Case("lenet5", "mnist", 64), Case("resnet8", "cifar10", 64, viewers="all"))


def measure(folders: Sequence[str] = (), quick: bool = False) -> dict[str, Any]:
    """The metrics of every comparison, whose names they bear; raises `InputError`.

    `vs_best` and `vs_tutorial` are images per second of CPU time (on a GPU: of time) of our loop over
    those of a loop written by hand: the best that we can write, and the one of the tutorials. Each is
    the median of ratios, and `spread` their quartiles. All three take turns in one process with one
    thread and a trainer's environment, train the same network by the same recipe, and must come to
    the same losses on the same first batches: `loss_difference` is the largest difference, as a part
    of the loss. Ours is the trainer itself, with its run directory and its metrics, and a lab that
    shows one viewer the feature maps of every snapshot; with `all_viewers` the thumbnails too.

    `folders` hold the files of MNIST or CIFAR-10; without them those that were downloaded are taken,
    or images are generated. `quick` measures too little to be relied on.
    """
    rounds, seconds = (WINDOW, 0.05) if quick else (ROUNDS, TURN_S)
    cases = QUICK if quick else (*CASES, *(ON_CUDA if _cuda() else ()))
    told = console(to_stderr=True)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home:
        data = _Data(Path(home), folders, 1_000 if quick else None)
        for number, case in enumerate(cases, 1):
            told.print(f"{number}/{len(cases)} {case.name}", style="dim")
            found |= _compare(case, data.choice(case.data), Path(home), rounds, seconds)
        found["images"] = data.kinds
    return found


def show(found: Mapping[str, Any]) -> None:
    """Print a table of the comparisons."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for title in ("images/s", "of the best", "tutorial", "target"):
        table.add_column(title, justify="right", no_wrap=True)
    for key in found:
        if not key.endswith("_vs_best"):
            continue
        name = key.removesuffix("_vs_best")
        watched = "all" if name.endswith("_all_viewers") else "one"
        low, high = found[f"{key}_spread"]
        table.add_row(
            name.removesuffix("_all_viewers") + (", all" if watched == "all" else ""),
            f"{found[f'{name}_images_per_second']:,.0f}",
            f"{found[key]:.3f} ({low:.2f}-{high:.2f})",
            f"{found[f'{name}_vs_tutorial']:.2f}",
            f"{TARGETS[watched]:.2f} {'' if found[key] >= TARGETS[watched] else 'missed'}",
        )
    screen = console()
    screen.print(table)
    screen.print(
        "Images per second of CPU time, one thread, and how many times those of the best loop (with "
        "quartiles) and of the tutorials' they are; all: with every default viewer open. "
        + ", ".join(f"{name}: {kind} images" for name, kind in found["images"].items())
    )


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available()


class _Data:
    """Finds or makes the images."""

    def __init__(self, home: Path, folders: Sequence[str], generated: int | None) -> None:
        self._home = home
        self._generated = generated
        self._choices: dict[str, DataChoice] = {}
        self.kinds: dict[str, str] = {}
        """By the name of a dataset whether its images are real or generated."""
        for folder in folders:
            try:
                choice = choose(folder)
            except DataError as error:
                raise InputError(str(error)) from None
            if choice.name not in GENERATED:
                raise InputError(
                    f"{folder} holds {choice.name}, but the benchmark trains on mnist and cifar10; "
                    "name a folder with the files of one of these."
                )
            self._choices[choice.name] = choice

    def choice(self, name: str) -> DataChoice:
        """Where a dataset's images are to be read."""
        if name not in self._choices:
            dataset = catalogue().get(name)
            folder = cache_folder(dataset) if dataset else None
            if dataset and folder and dataset.recognises(folder):
                self._choices[name] = DataChoice(name, str(folder))
            else:
                self._choices[name] = DataChoice("npz", str(self._make(name)))
        self.kinds[name] = "generated" if self._choices[name].name == "npz" else "real"
        return self._choices[name]

    def _make(self, name: str) -> Path:
        """A file of images of the shape and number of the dataset's, and labels; both by chance."""
        chance = np.random.default_rng(0)
        count = self._generated or GENERATED[name]
        shape = {"mnist": (32, 32), "cifar10": (32, 32, 3), "imagenet": (224, 224, 3)}[name]
        classes = 1_000 if name == "imagenet" else 10
        images = chance.integers(0, 256, (count, *shape), np.uint8)
        file = self._home / f"{name}.npz"
        names = [str(number) for number in range(classes)]
        np.savez(file, images=images, labels=np.arange(count) % classes, classes=names)
        return file


def _compare(
    case: Case, data: DataChoice, home: Path, rounds: int, seconds: float
) -> dict[str, Any]:
    project = storage.load(resources.TEMPLATES / f"{case.template}.convo")
    recipe = project.recipe.changed(
        batch_size=case.batch,
        epochs=100_000,
        validation=0.0,
        device=case.device,
        accumulate=1,
        clip_norm=None,
        ema_decay=None,
        patience=None,
    )
    # The other loops take the images as they are.
    project = replace(project, data=data, recipe=replace(recipe, augmentations=()))
    analysis = analyse(project)
    shape = input_shape(project, analysis)
    source = write(project, analysis)
    run = RunDirectory.create(home / case.name, project, source.text)
    run.update(threads=1)
    settings = {"rounds": rounds, "seconds": seconds, "shape": shape, "device": case.device}
    with _child(run, settings) as lines, _viewers(run, project, source, shape, case) as watch:
        told = _follow(lines, watch, case.name)
    if (failed := told[-1].get("failed")) is not None:
        raise InputError(f"{case.name} could not be measured: {failed}")
    found = _summary(case.name, told[:-1])
    found[f"{case.name}_loss_difference"] = _difference(case.name, told[-1]["losses"])
    return found


def _summary(name: str, told: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """The metrics of a comparison from the images per second that each round told."""
    found: dict[str, Any] = {}
    for other in ("best", "tutorial"):
        pairs = [(1 / row["ours"], 1 / row[other]) for row in told if other in row]
        width = min(WINDOW, len(pairs)) if other == "best" else 1
        sums = [np.sum(pairs[at : at + width], 0) for at in range(len(pairs) - width + 1)]
        ratios = [float(theirs / ours) for ours, theirs in sums]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        found[f"{name}_vs_{other}"] = round(median(ratios), 4)
        found[f"{name}_vs_{other}_spread"] = [round(low, 4), round(high, 4)]
    for loop, prefix in (("ours", ""), ("best", "best_"), ("tutorial", "tutorial_")):
        speeds = [row[loop] for row in told if loop in row]
        found[f"{name}_{prefix}images_per_second"] = round(median(speeds), 1)
    return found


def _difference(name: str, losses: Mapping[str, Sequence[float]]) -> float:
    """How far the first losses lie apart, as a part of ours; raises `InputError` where that is too far."""
    ours = np.array(losses["ours"])
    apart = max(
        float(np.max(np.abs(np.array(theirs) - ours) / np.abs(ours))) for theirs in losses.values()
    )
    if apart > ALIKE:
        rows = "; ".join(f"{loop} {[round(x, 4) for x in row]}" for loop, row in losses.items())
        raise InputError(f"The loops of {name} do not compute the same: {rows}.")
    return apart


@contextmanager
def _child(run: RunDirectory, settings: Mapping[str, Any]) -> Generator[queue.Queue[str | None]]:
    """A process that compares; its lines as they come, None at its end."""
    command = [sys.executable, "-m", "engine.cli.bench_turns", str(run.path), json.dumps(settings)]
    lines: queue.Queue[str | None] = queue.Queue()

    def read(stream: IO[str]) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    with (
        run.log_file.open("ab") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment("trainer")
        ) as process,
    ):
        assert process.stdout is not None
        reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            yield lines
        finally:
            process.kill()
            reader.join()


@contextmanager
def _viewers(
    run: RunDirectory, project: Project, source: Source, shape: tuple[int, ...], case: Case
) -> Generator[_Watch]:
    """A lab that shows the run's snapshots, as the window's does."""
    desk = LabDesk()
    load = Load(
        source_text=source.text,
        class_name=source.class_name,
        places=source.places,
        shape=shape,
        data=project.data.name,
        folder=project.data.folder,
        weights=str(run.snapshot_file),
    )
    desk.load(load)
    first = next(name for name, node in project.network.nodes.items() if node.kind == "Conv2d")
    desk.watch("maps", Observe(sample=0, node=first))
    if case.viewers == "all":
        desk.watch("canvas", Observe(sample=0, node="", thumbnails=True))
    try:
        yield _Watch(desk, run)
    finally:
        desk.close()


class _Watch:
    """Asks the lab anew at every snapshot."""

    def __init__(self, desk: LabDesk, run: RunDirectory) -> None:
        self._desk = desk
        self._run = run
        self._read = 0
        self.seen = 0
        """Answers that showed weights of a step."""

    def poll(self) -> None:
        """Look at what the run tells and at what the lab answers; raises `InputError` where it cannot."""
        events, self._read = self._run.events(self._read)
        if any(isinstance(event, SnapshotWritten) for event in events):
            self._desk.refresh()
        for answer in self._desk.poll():
            match answer:
                case Observation() if answer.weights.startswith("step"):
                    self.seen += 1
                case Refused():
                    raise InputError(f"The viewer shows nothing: {answer.message}")
                case _:
                    pass
        if self._desk.state == "failed":
            raise InputError(self._desk.message)


def _follow(lines: queue.Queue[str | None], watch: _Watch, name: str) -> list[dict[str, Any]]:
    """What the child tells, a round each, and at last how it ended; the lab is attended meanwhile."""
    told: list[dict[str, Any]] = []
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        watch.poll()
        try:
            line = lines.get(timeout=GLANCE_S)
        except queue.Empty:
            continue
        if line is None:
            break
        told.append(json.loads(line))
        until = time.monotonic() + PATIENCE_S
    if not told or not {"failed", "losses"} & told[-1].keys():
        raise InputError(f"The process that measures {name} ended or hung before it was done.")
    if not watch.seen and "losses" in told[-1]:
        raise InputError(f"No viewer saw a snapshot of {name}, so nothing was measured with one.")
    return told
