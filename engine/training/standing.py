"""Checkpoints as far as they can be read without torch: where a run stood, and how it is taken up again.

A checkpoint is a folder in the run's `checkpoints`, named by its step:

checkpoint.json        `Standing`: position, schedule, sampler, and the hashes of the two files
weights.safetensors    the module's tensors, which any other tool loads too
training.safetensors   the optimiser's tensors, the averaged weights, and the random generators

It appears under its name when it is whole, so that a kill leaves the checkpoints before it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from engine.network.storage import reason, replace_file, sync_folder
from engine.training.events import typed
from engine.training.rundir import RunDirectory, RunError, UnwritableError

STANDING = "checkpoint.json"
WEIGHTS = "weights.safetensors"
TRAINING = "training.safetensors"
_HIGHEST_RATE = 100.0


@dataclass(frozen=True)
class Standing:
    """Where a run stands between two steps, but for its tensors.

    `step` steps are taken, `batch` of them in epoch number `epoch` + 1, `epoch` epochs being over;
    `epochs` and `rate` (the highest learning rate) are as planned by then. `checks` are the losses
    of the epochs, `check` that of the epoch that ends here (None in the middle of one). The `sum_`
    figures are those of the epoch's steps so far; `sum_hits` is None where no accuracy is measured.
    `optimizer` is the kind of the optimiser, `source_hash` the SHA-256 of model.py.
    `averaged` counts the steps of the averaged weights; `scale` and `grown` are the state of the
    gradient scaler of 16 bit training. `events` is the length of the events file in bytes.
    `weights_hash` and `training_hash` are SHA-256 in hexadecimal digits.
    """

    step: int
    epoch: int
    batch: int
    epochs: int
    rate: float
    checks: tuple[float, ...] = ()
    check: float | None = None
    sum_loss: float = 0.0
    sum_hits: int | None = None
    sum_images: int = 0
    sum_seconds: float = 0.0
    optimizer: str = ""
    source_hash: str = ""
    averaged: int = 0
    scale: float | None = None
    grown: int = 0
    threads: int = 0
    torch: str = ""
    events: int = 0
    weights_hash: str = ""
    training_hash: str = ""


def folder_of(run: RunDirectory, step: int) -> Path:
    """Where the checkpoint after `step` lies."""
    return run.checkpoints_folder / f"{step:010}"


def checkpoints(run: RunDirectory) -> list[Path]:
    """The folders of a run's checkpoints, the oldest first."""
    try:
        found = list(run.checkpoints_folder.iterdir())
    except OSError:
        return []
    return sorted(item for item in found if item.name.isdigit())


def read_standing(folder: Path) -> Standing:
    """What a checkpoint says of itself; raises `RunError`, also where it cannot be true."""
    try:
        standing = Standing(**typed(Standing, json.loads((folder / STANDING).read_bytes())))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"The checkpoint {folder} cannot be read: {error}.") from error
    wrong = _untrue(standing)
    if folder.name.isdigit() and standing.step != int(folder.name):
        wrong = f"step {standing.step:,}, but it is that of step {int(folder.name):,}"
    if wrong:
        raise RunError(
            f"{folder / STANDING} says {wrong}; it was changed, take an earlier checkpoint."
        )
    return standing


def _untrue(standing: Standing) -> str:
    """What cannot be true of a checkpoint, as `epoch -1, but it must be 0 or more`; empty: nothing."""
    least = {
        "step": 0,
        "epoch": 0,
        "batch": 0,
        "epochs": 1,
        "sum_images": 0,
        "averaged": 0,
        "events": 0,
    }
    for name, low in least.items():
        if getattr(standing, name) < low:
            return f"{name} {getattr(standing, name):,}, but it must be {low} or more"
    if not 0 < standing.rate <= _HIGHEST_RATE:
        return f"rate {standing.rate:g}, but it must be above 0 and at most {_HIGHEST_RATE:g}"
    return ""


def write_checkpoint(
    run: RunDirectory, standing: Standing, weights: bytes, training: bytes
) -> Path:
    """Write a checkpoint, all of it or nothing; its folder. One of the same step is replaced.

    Raises `OSError`.
    """
    base = run.checkpoints_folder
    base.mkdir(exist_ok=True)
    hashed = replace(
        standing,
        weights_hash=sha256(weights).hexdigest(),
        training_hash=sha256(training).hexdigest(),
    )
    folder = folder_of(run, standing.step)
    if _holds(folder, hashed):
        # Only what is said of it has changed; so at no moment it is away.
        _rewrite(folder, hashed)
        return folder
    text = json.dumps(asdict(hashed), indent=2, allow_nan=False).encode() + b"\n"
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=base))
    try:
        for name, data in ((WEIGHTS, weights), (TRAINING, training), (STANDING, text)):
            replace_file(temporary / name, data)
        temporary.chmod(0o755)
        return _into_place(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _holds(folder: Path, standing: Standing) -> bool:
    """Whether the tensors of a checkpoint to be written are there already."""
    try:
        found = whole(folder)
    except RunError:
        return False
    return (found.weights_hash, found.training_hash) == (
        standing.weights_hash,
        standing.training_hash,
    )


def _into_place(temporary: Path, folder: Path) -> Path:
    if folder.exists():
        aside = temporary.with_name(f".old-{folder.name}")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        temporary.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        temporary.rename(folder)
    sync_folder(folder.parent)
    return folder


def _put_back(run: RunDirectory) -> None:
    """Give a checkpoint its place again that a process had put aside, for another, when it was ended."""
    for aside in run.checkpoints_folder.glob(".old-*"):
        folder = aside.with_name(aside.name.removeprefix(".old-"))
        if not folder.exists():
            with suppress(OSError):
                aside.rename(folder)


def prune(run: RunDirectory, keep: int) -> None:
    """Keep the `keep` newest checkpoints and the best, which ended the epoch with the least loss.

    What an interrupted process has left half written goes too.
    """
    for path in run.checkpoints_folder.glob(".*"):
        shutil.rmtree(path, ignore_errors=True)
    present = checkpoints(run)
    best = best_checkpoint(present)
    for folder in present[:-keep]:
        if folder != best:
            shutil.rmtree(folder, ignore_errors=True)


def best_checkpoint(folders: Iterable[Path]) -> Path | None:
    """The one that ended the epoch with the least loss, or None where none ended one."""
    best: tuple[float, Path] | None = None
    for folder in folders:
        try:
            check = read_standing(folder).check
        except RunError:
            continue
        if check is not None and (best is None or check < best[0]):
            best = (check, folder)
    return best[1] if best else None


def whole(folder: Path) -> Standing:
    """What a checkpoint says, once its files are found to be what was written; raises `RunError`."""
    standing = read_standing(folder)
    for name, wanted in (
        (WEIGHTS, standing.weights_hash),
        (TRAINING, standing.training_hash),
    ):
        try:
            found = sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise RunError(f"{folder / name} cannot be read: {reason(error)}.") from error
        if found != wanted:
            raise RunError(
                f"{folder / name} has the SHA-256 {found[:12]}… but {wanted[:12]}… was written; "
                "it is damaged, take an earlier checkpoint."
            )
    return standing


def newest_whole(run: RunDirectory) -> tuple[Path, Standing] | None:
    """The newest checkpoint that is undamaged; damaged ones are named in the run's log."""
    for folder in reversed(checkpoints(run)):
        try:
            return folder, whole(folder)
        except RunError as error:
            run.log(str(error))
    return None


def none_whole(run: RunDirectory) -> str:
    """That no checkpoint of a run is undamaged, in a sentence that says what to do."""
    steps = ", ".join(f"{int(folder.name):,}" for folder in checkpoints(run))
    if not steps:
        return f"{run.path} has no checkpoint to go on from; train its project.convo anew."
    return (
        f"{run.path} has no checkpoint that is whole: those of step {steps} are damaged, as its "
        f"{run.log_file.name} says; put a copy of one there, or train its project.convo anew."
    )


def reopen(run: RunDirectory, epochs: int | None = None, rate: float | None = None) -> Standing:
    """Let a run that has ended go on from its newest checkpoint; the trainer does the rest.

    `epochs` and `rate` change the plan from there on. What was told after the checkpoint is taken
    back, since those steps will be taken again. Its tensors are not looked at, so that it is quick.
    Raises `RunError` where nothing can be gone on with, and `UnwritableError` where there is no room
    for one more checkpoint or nothing may be written; the run is then as it was.
    """
    _put_back(run)
    found = standings(run)
    if not found:
        raise RunError(none_whole(run))
    folder, standing = list(found.items())[-1]
    plan = replace(
        standing,
        epochs=standing.epochs if epochs is None else epochs,
        rate=standing.rate if rate is None else rate,
    )
    if plan.epoch >= plan.epochs and run.state().status == "finished":
        raise RunError(
            f"{run.path} has trained all of its {plan.epochs:,} epochs; "
            f"ask for more than that, as with --epochs {plan.epochs + 5:,}."
        )
    try:
        _find_room(run, folder)
        run.take_back(standing.events)
        for later_one in checkpoints(run):
            if later_one.name > folder.name:
                shutil.rmtree(later_one, ignore_errors=True)
        if plan != standing:
            _rewrite(folder, plan)
        run.update(
            status="preparing", message="", pid=0, address="", test_loss=None, test_accuracy=None
        )
    except OSError as error:
        with suppress(OSError):
            run.put_back()
        raise UnwritableError(
            f"{error.filename or run.path} cannot be written: {reason(error)}."
        ) from error
    return plan


def _find_room(run: RunDirectory, folder: Path) -> None:
    """Raise `OSError` where no second checkpoint of the size of the one in `folder` can be written."""
    size = sum(path.stat().st_size for path in folder.iterdir())
    trial = run.checkpoints_folder / ".room"
    try:
        with trial.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, max(1, size))
            else:
                file.truncate(size)
    except OSError as error:
        # The kernel names no file.
        raise OSError(error.errno, error.strerror, str(run.path)) from error
    finally:
        trial.unlink(missing_ok=True)


def _rewrite(folder: Path, standing: Standing) -> None:
    text = json.dumps(asdict(standing), indent=2, allow_nan=False)
    replace_file(folder / STANDING, f"{text}\n".encode())


def standings(run: RunDirectory) -> Mapping[Path, Standing]:
    """Every readable checkpoint of a run, the oldest first."""
    found: dict[Path, Standing] = {}
    for folder in checkpoints(run):
        try:
            found[folder] = read_standing(folder)
        except RunError:
            continue
    return found
