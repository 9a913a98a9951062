"""The network as a Python file that needs torch alone, and a run's weights beside it. No torch here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from engine.codegen import CodegenError, Preparation, Source, write
from engine.interop import tensorfile
from engine.interop.tensorfile import Entry, WeightsError
from engine.network import storage
from engine.network.project import Project
from engine.network.storage import StorageError, reason, replace_file

WEIGHTS = ("weights.safetensors", "snapshot.safetensors")
"""Files of a run that hold weights: those of its end, and the latest of one that has not ended well."""


class ExportError(ValueError):
    """Why nothing was exported, in one sentence."""


def export(project: Project, to: Path, run: Path | None = None) -> list[Path]:
    """Write the network to the Python file `to`; returns the files that were written.

    With the directory of a run of this network, `to` also says how images are prepared and what the
    classes are, and the run's weights go to a file of the same stem ending in `.safetensors`, which
    loads into `build()` with `strict=True`. Raises `ExportError`, and then the old files are as they were.
    """
    if to.suffix != ".py":
        raise ExportError(f"{to} does not end in .py; name the Python file to write.")
    try:
        if run is None:
            replace_file(to, write(project).text.encode())
            return [to]
        source = write(project, preparation=_preparation(run))
        _check_same(project, run)
        weights = _weights(run, source)
        beside = to.with_suffix(".safetensors")
        replace_file(beside, weights)
        replace_file(to, source.text.encode())
    except OSError as error:
        raise ExportError(f"{to} cannot be written: {reason(error)}.") from None
    except (CodegenError, StorageError, WeightsError) as error:
        raise ExportError(str(error)) from None
    return [to, beside]


def _check_same(project: Project, run: Path) -> None:
    """Refuse a project that has other tensors than the run, or does something else with them."""
    mine = write(project)
    trained = write(replace(storage.load(run / "project.convo"), name=project.name))
    for name, tensor in mine.tensors.items():
        other = trained.tensors.get(name)
        if other is None or other.shape != tensor.shape:
            has = f"as {Entry(other.shape, 'F32')}" if other else "not at all"
            raise ExportError(
                f"{run} has trained another network: it has {name} {has}, but this one needs "
                f"{Entry(tensor.shape, 'F32')}; train this network or export the run's own project.convo."
            )
    extra = next((name for name in trained.tensors if name not in mine.tensors), "")
    if extra:
        raise ExportError(
            f"{run} has trained another network: it has {extra}, which this one has not; "
            "train this network or export the run's own project.convo."
        )
    if mine.text == trained.text:
        return
    pairs = zip(mine.text.split("\n"), trained.text.split("\n"), strict=False)
    ours, theirs = next(
        ((a.strip(), b.strip()) for a, b in pairs if a != b), ("its end", "more lines")
    )
    raise ExportError(
        f"{run} has trained another network: where this one has '{ours}' it has '{theirs}'; "
        "train this network or export the run's own project.convo."
    )


def _weights(run: Path, source: Source) -> bytes:
    """The bytes of the run's weights, once they are known to fit."""
    path = next((run / name for name in WEIGHTS if (run / name).is_file()), None)
    if path is None:
        raise ExportError(f"{run} has no weights yet; let it train for a while.")
    file = tensorfile.read(path)
    wanted = {
        # Counters are the only tensors that are whole numbers, and the only scalar buffers.
        name: Entry(tensor.shape, "F32" if tensor.learnable or tensor.shape else "I64")
        for name, tensor in source.tensors.items()
    }
    file.check_fit(wanted, "the exported network")
    file.check_finite()
    return file.data


def _preparation(run: Path) -> Preparation:
    """How the run prepared its images, and the names of its classes."""
    path = run / "run.json"
    try:
        state: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise ExportError(
            f"{run} is not a run: run.json cannot be read, {reason(error)}."
        ) from None
    except ValueError:
        raise ExportError(f"{path} is not JSON; the run is damaged.") from None
    if not isinstance(state, dict):
        raise ExportError(f"{path} is not the state of a run.")
    values = cast("Mapping[str, Any]", state)
    mean, std, classes = (values.get(name, ()) for name in ("mean", "std", "classes"))
    try:
        return Preparation(
            tuple(float(value) for value in mean),
            tuple(float(value) for value in std),
            tuple(str(value) for value in classes),
        )
    except (TypeError, ValueError):
        raise ExportError(f"{path} has no mean, std and classes; the run is damaged.") from None
