"""A new run that begins where another stood, with the same network or a changed one. No torch.

A node keeps its tensors by its name, wherever it has come to lie in the module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from safetensors.numpy import load, save

from engine.codegen import CodegenError, write
from engine.codegen.source import Source
from engine.network.project import Project
from engine.network.storage import reason
from engine.training.rundir import RunDirectory, RunError
from engine.training.standing import TRAINING, WEIGHTS, Standing, whole, write_checkpoint

Rename = Callable[[str], str | None]
"""From a tensor's name in one module to that in another; None: it is not there."""


def fork(folder: Path, run: RunDirectory, epochs: int | None = None) -> Standing:
    """Let a run that has not begun go on from the checkpoint in `folder`, of another run.

    Where an epoch has the same batches in both, it goes on at the same step, and tells what was told
    until then; where all epochs had been trained, as many more are. Otherwise it begins with step 0
    and takes over the weights alone. A rate or a number of epochs that its recipe has changed holds
    from there on. Raises `RunError`, `StorageError`.
    """
    standing = whole(folder)
    parent = RunDirectory.open(folder.parents[1])
    before, after = parent.project(), run.project()
    plan = _plan(standing, before, after, epochs)
    rename = _renamed(parent, before, run, after)
    try:
        weights = _rewritten((folder / WEIGHTS).read_bytes(), rename)
        training = _rewritten((folder / TRAINING).read_bytes(), _inside(rename))
        run.update(parent=str(parent.path), parent_step=standing.step)
        write_checkpoint(run, plan, weights, training)
        # Last, since who watches the run takes it for begun by them.
        told = parent.events_file.read_bytes()[: plan.events]
        run.events_file.write_bytes(told[: told.rfind(b"\n") + 1])
    except OSError as error:
        wrong = error.filename or parent.path
        raise RunError(
            f"The run cannot be written to {run.path}: {wrong}: {reason(error)}."
        ) from error
    return plan


def _plan(standing: Standing, before: Project, after: Project, epochs: int | None) -> Standing:
    old, new = before.recipe, after.recipe
    same_rate = new.optimizer.learning_rate == old.optimizer.learning_rate
    rate = standing.rate if same_rate else new.optimizer.learning_rate
    if epochs is None and new.epochs == old.epochs:
        # From where a run has ended: once more as many as it was asked for.
        ended = standing.epoch >= standing.epochs
        epochs = standing.epoch + new.epochs if ended else standing.epochs
    epochs = epochs or new.epochs
    same_batches = (before.data, old.batch_size, old.accumulate, old.validation) == (
        after.data,
        new.batch_size,
        new.accumulate,
        new.validation,
    )
    if not same_batches:
        return Standing(0, 0, 0, epochs, rate, source_hash=standing.source_hash)
    if standing.epoch >= epochs:
        raise RunError(
            f"The checkpoint stands after epoch {standing.epoch:,}, but only {epochs:,} epochs are "
            f"asked for; ask for more, {standing.epoch + 5:,} say."
        )
    return replace(standing, epochs=epochs, rate=rate)


def _renamed(
    parent: RunDirectory, before: Project, run: RunDirectory, after: Project
) -> Rename | None:
    """How tensors are called in the new run, None where as before."""
    if parent.source_text() == run.source_text():
        return None
    try:
        return renaming(write(before), write(after))
    except CodegenError:
        return None


def renaming(before: Source, after: Source) -> Rename:
    """From a tensor's name in one network's module to its name in another's: that of the same node.

    None is the answer where the node is gone.
    """
    moved = {
        place.module: after.places[name].module if name in after.places else None
        for name, place in before.places.items()
        if place.module
    }

    def rename(tensor: str) -> str | None:
        parts = tensor.split(".")
        for end in range(len(parts) - 1, 0, -1):
            path = ".".join(parts[:end])
            if path in moved:
                module = moved[path]
                return module and ".".join([module, *parts[end:]])
        return tensor

    return rename


def _inside(rename: Rename | None) -> Rename | None:
    """The same for the names of an optimiser's and the averaged tensors."""
    if rename is None:
        return None

    def inner(name: str) -> str | None:
        kind, _, rest = name.partition("/")
        if kind == "random":
            return name
        tensor, slash, key = rest.partition("/")
        renamed = rename(tensor)
        return renamed and f"{kind}/{renamed}{slash}{key}"

    return inner


def _rewritten(data: bytes, rename: Rename | None) -> bytes:
    if rename is None:
        return data
    tensors: Mapping[str, object] = load(data)
    renamed = {rename(name): tensor for name, tensor in tensors.items()}
    return save({name: tensor for name, tensor in renamed.items() if name})  # type: ignore[arg-type]
