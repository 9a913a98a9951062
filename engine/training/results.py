"""What a run leaves behind: snapshots of its weights while it runs, the weights and some outputs at its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
from safetensors.torch import save
from torch import Tensor, nn

from engine.interop.weights import save_weights
from engine.network.storage import replace_file
from engine.training.batches import Batches
from engine.training.budget import Budget
from engine.training.device import DEFAULT_THREADS
from engine.training.events import SnapshotWritten
from engine.training.losses import Results
from engine.training.predictions import Predictions, write_predictions
from engine.training.rundir import PredictedPart, RunDirectory
from engine.training.validating import Checked


class Snapshots:
    """Writes the weights into the run directory, as often as is cheap."""

    def __init__(
        self,
        run: RunDirectory,
        module: nn.Module,
        shown: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Within `shown` the module has the weights that people are to see."""
        self._run = run
        self._module = module
        self._shown = shown
        self._budget = Budget()
        self._step = -1

    def due(self) -> bool:
        """Whether it is time to write the weights."""
        return self._budget.due()

    def offer(self, step: int) -> None:
        """Write the weights after `step` unless that was done too lately, or has taken too long altogether."""
        if self.due():
            with self._budget.spend():
                self.write(step)

    def write(self, step: int) -> None:
        """Write the weights after `step`, unless they are there already."""
        if step == self._step:
            return
        with self._shown():
            save_weights(self._module, self._run.snapshot_file, {"step": str(step)})
        self._run.append(SnapshotWritten(step))
        self._step = step


class Guesses:
    """Writes which classes were guessed of the images kept aside, as often as is cheap."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._budget = Budget()
        self._waiting: dict[PredictedPart, Predictions] = {}

    def checked(self, part: PredictedPart, step: int, images: Batches, found: Checked) -> None:
        """The images of a part were `found` to be so after `step`: write it soon, or at `flush`."""
        if found.guesses is None:
            return
        self._waiting[part] = Predictions(step, images.positions, images.labels, found.guesses)
        if self._budget.due():
            with self._budget.spend():
                self.flush()

    def flush(self) -> None:
        """Write what has waited."""
        while self._waiting:
            part, predictions = self._waiting.popitem()
            write_predictions(self._run, part, predictions)


def write_results(run: RunDirectory, module: nn.Module, images: Tensor, step: int) -> None:
    """Write the weights after `step`, and what the module makes of normalised `images` on the CPU.

    The outputs are those of any process that loads the weights into the exported file, to the last
    bit: of plain contiguous images, with torch's own number of threads. The first Output's are called
    `outputs`, those of auxiliary ones `outputs1`, `outputs2` ... `module` is left on the CPU in
    evaluation mode.
    """
    save_weights(module, run.weights_file, {"step": str(step)})
    module.to("cpu").eval()
    # As build() makes it, whatever it was trained in.
    cast(Any, module).to(memory_format=torch.channels_last)
    inputs = images.to("cpu").contiguous(memory_format=torch.contiguous_format).clone()
    threads = torch.get_num_threads()
    torch.set_num_threads(DEFAULT_THREADS)
    try:
        with torch.no_grad():
            results: Results = module(inputs)
    finally:
        torch.set_num_threads(threads)
    outputs = results if isinstance(results, tuple) else (results,)
    tensors = {"inputs": inputs}
    for number, output in enumerate(outputs):
        tensors[f"outputs{number or ''}"] = output.contiguous().clone()
    replace_file(run.outputs_file, save(tensors, {"step": str(step)}))
