"""Which class was guessed of which image: written by a run, read by whoever asks where it is wrong.

No torch here, so that the window may use it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors import numpy as safetensors

from engine.interop import tensorfile
from engine.interop.tensorfile import WeightsError
from engine.network.storage import replace_file
from engine.training.rundir import PredictedPart, RunDirectory, RunError

_COLUMNS = ("positions", "labels", "guesses")


@dataclass(frozen=True)
class Predictions:
    """What was guessed after `step` of the images at `positions` (n,) of the dataset's training part,
    or of its test part: `labels` (n,) are the true classes, `guesses` (n,) those guessed.
    """

    step: int
    positions: NDArray[np.int64]
    labels: NDArray[np.int64]
    guesses: NDArray[np.int64]


def write_predictions(run: RunDirectory, part: PredictedPart, predictions: Predictions) -> None:
    """Replace the file of the part, at once and as a whole. Raises `OSError`."""
    file = run.predictions_file(part)
    file.parent.mkdir(exist_ok=True)
    tensors = {name: getattr(predictions, name).astype(np.int32) for name in _COLUMNS}
    replace_file(file, safetensors.save(tensors, {"step": str(predictions.step)}))


def read_predictions(run: RunDirectory, part: PredictedPart) -> Predictions | None:
    """What was last guessed of the part; None where nothing was. Raises `RunError` for a damaged file."""
    path = run.predictions_file(part)
    if not path.is_file():
        return None
    try:
        file = tensorfile.read(path)
        found = safetensors.load(file.data)
        step = int(file.metadata["step"])
        columns = [found[name].astype(np.int64, casting="safe") for name in _COLUMNS]
    except WeightsError as error:
        raise RunError(str(error)) from None
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is damaged: {error}.") from error
    if len({column.shape for column in columns}) != 1 or columns[0].ndim != 1:
        raise RunError(f"{path} is damaged: its columns are not equally long.")
    if min(int(column.min(initial=0)) for column in columns) < 0:
        raise RunError(f"{path} is damaged: it holds a negative number.")
    return Predictions(step, *columns)


def confusion(
    labels: NDArray[np.int64], guesses: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """How many images (classes, classes) of each true class, a row, were taken for which, a column."""
    counts = np.bincount(labels * classes + guesses, minlength=classes * classes)
    return counts.reshape(classes, classes)


def precision_recall(
    matrix: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall (classes,) of a confusion matrix; NaN for a class never guessed, or never seen.

    Precision is the part of the images taken for a class that belong to it, recall the part of a
    class's images that were taken for it (van Rijsbergen, Information Retrieval, 1979, chapter 7).
    """
    right = np.diagonal(matrix).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return right / matrix.sum(axis=0), right / matrix.sum(axis=1)
