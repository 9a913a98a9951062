"""The curves in the event files of TensorBoard, whichever program wrote them. No torch here.

TensorBoard itself reads them, which takes a fifth of a second to import and some 0.1 ms per value: ask
from a worker, the command line or a thread, not from one that draws a window.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Curve: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
"""The steps (n,) of a scalar, as they were written, and its values (n,)."""

_MARK = "tfevents"
_KEPT = {"scalars": 0, "histograms": 1, "images": 1, "audio": 1, "text": 1, "graphs": 1}
"""How many values of a kind are held at once, 0 for all of them."""


class ScalarsError(ValueError):
    """Why no curve can be read, in one sentence."""


def has_event_files(path: Path) -> bool:
    """Whether event files lie in a folder or below it; or whether a file is one by its name."""
    return next(_folders(path), None) is not None


def read_scalars(path: Path) -> Mapping[str, Curve]:
    """The scalars of a log directory by their tags, in alphabetical order.

    Those of event files in folders below have the folder before their tag, as in `train/loss`. What a
    resumed run has written anew replaces what it had written before, as TensorBoard does it; a
    file that breaks off counts as far as it goes. Raises `ScalarsError`.
    """
    folders = sorted(_folders(path))
    if not folders:
        raise ScalarsError(
            f"{path} holds no event files of TensorBoard (their names contain {_MARK}); "
            "name a folder with such files in it or below it."
        )
    found: dict[str, Curve] = {}
    for folder in folders:
        below = folder.relative_to(path).as_posix()
        for tag, curve in _curves(folder).items():
            found[tag if below == "." else f"{below}/{tag}"] = curve
    return dict(sorted(found.items()))


def _folders(path: Path) -> Iterator[Path]:
    """The folder itself and those below it, as far as event files lie in them."""
    if path.is_file() and _MARK in path.name:
        yield path
    for folder, _, names in os.walk(path):
        if any(_MARK in name for name in names):
            yield Path(folder)


def _curves(folder: Path) -> dict[str, Curve]:
    try:
        from tensorboard.backend.event_processing import (  # pyright: ignore[reportMissingTypeStubs]
            plugin_event_accumulator,
        )
        from tensorboard.util import tensor_util  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise ScalarsError(
            f"TensorBoard cannot be loaded ({error}); install it with pip."
        ) from None

    # Of a resumed run it warns that what was told twice is dropped, which is what is wanted.
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # The kind that has every scalar as a tensor, those of older files too.
    reader, convert = cast(Any, plugin_event_accumulator), cast(Any, tensor_util).make_ndarray
    events = reader.EventAccumulator(str(folder), tensor_size_guidance=_KEPT)
    curves: dict[str, Curve] = {}
    try:
        events.Reload()
        for tag in _tags(events):
            items = events.Tensors(tag)
            values = [float(convert(item.tensor_proto)) for item in items]
            steps = np.array([item.step for item in items], np.int64)
            curves[tag] = (steps, np.array(values, np.float64))
    except Exception as error:  # Whatever protobuf and TensorBoard make of damaged bytes.
        raise ScalarsError(
            f"The event files in {folder} cannot be read ({type(error).__name__}: {error}); "
            "they are damaged, or not of TensorBoard."
        ) from None
    return curves


def _tags(events: Any) -> list[str]:
    if "scalars" not in events.ActivePlugins():
        return []
    return list(events.PluginTagToContent("scalars"))
