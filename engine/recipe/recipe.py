"""Recipe: everything that decides a run besides the network and the data."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import engine.recipe as package
from engine.fields import (
    Choice,
    Declaration,
    Flag,
    Integer,
    ParameterError,
    Real,
    parameter,
)
from engine.recipe.adam import Adam
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.cosine import CosineAnnealingLR
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.loss import Loss
from engine.recipe.optimizer import Optimizer
from engine.recipe.part import Part
from engine.recipe.schedule import Schedule

Kind = TypeVar("Kind", bound=Part)


for _module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    if _module.name != __name__:
        importlib.import_module(_module.name)


def _discover(base: type[Kind]) -> dict[str, type[Kind]]:
    kinds = list(base.__subclasses__())
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.kind(): kind for kind in sorted(kinds, key=lambda kind: kind.kind())}


OPTIMIZERS = _discover(Optimizer)
"""Every optimiser by its kind: a new one is a new file in this folder, and nothing else."""
LOSSES = _discover(Loss)
"""Every loss by its kind, found in the same way."""
SCHEDULES = _discover(Schedule)
"""Every schedule by its kind, found in the same way."""
AUGMENTATIONS = _discover(Augmentation)
"""Every augmentation by its kind, found in the same way in the folder `augmentation`."""
PARTS: Mapping[str, Mapping[str, type[Part]]] = {
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
}
"""The fields of a recipe that come in kinds, and the kinds of each."""
INITIALIZATIONS = (
    *("pytorch", "he", "he_uniform", "xavier", "xavier_normal", "lecun", "orthogonal", "zero"),
)
PRECISIONS = ("off", "bf16", "fp16")
COMPILES = ("off", "on", "measure")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Recipe(Declaration):
    """Epochs, batches, the split, the device, how steps are taken, the schedule, loss and optimiser.

    `augmentations` are done to the training images in their order.
    """

    epochs: int = parameter(
        5,
        Integer(
            low=1,
            high=100_000,
            help="Passes over the training images: as many as the validation loss goes on falling.",
        ),
    )
    batch_size: int = parameter(
        32,
        Integer(
            low=1,
            high=65_536,
            unit="images",
            help="Images in one batch: small ones learn more from little data, large ones are "
            "faster, on a graphics card by far, and bear a higher rate.",
        ),
    )
    validation: float = parameter(
        0.15,
        Real(
            low=0.0,
            high=0.9,
            help="Part of the training images kept aside to check on after each epoch, the same for "
            "every seed. Data with validation images of its own is checked on those instead.",
        ),
    )
    seed: int = parameter(
        0,
        Integer(
            low=0,
            high=2**31 - 1,
            help="Equal seeds give equal runs on one machine; another one shows how much of a "
            "result is luck.",
            more=True,
        ),
    )
    device: str = parameter(
        "auto",
        Choice(
            options=DEVICES,
            help="Where it trains. auto: on a CUDA card, else on Apple's, else on the processor.",
        ),
    )
    processes: int = parameter(
        1,
        Integer(
            low=1,
            high=1024,
            label="processes",
            help="How many processes of this machine share every batch, one to a graphics card or to "
            "some cores; the results are those of one, to rounding. It pays where a step takes "
            "several milliseconds.",
            more=True,
        ),
    )
    sharded: bool = parameter(
        False,
        Flag(
            label="shard weights",
            help="With several processes: each keeps only a piece of the weights, the gradients and "
            "the optimiser's state (FSDP2; Zhao et al., 2023), for networks that are too large for one "
            "graphics card. The steps take longer, the results are the same, to rounding.",
            more=True,
        ),
    )
    initialization: str = parameter(
        "pytorch",
        Choice(
            options=INITIALIZATIONS,
            help="What the weights of convolutions and Dense layers begin with. pytorch: as PyTorch "
            "draws them; he: normal, for ReLU (He et al., 2015); he_uniform: the same, uniform; "
            "xavier: uniform, for tanh and sigmoid (Glorot and Bengio, 2010); xavier_normal: the same, "
            "normal; lecun: normal, for SELU (LeCun et al., 1998); orthogonal: for deep networks "
            "without normalisation (Saxe et al., 2014); zero: for the last layer of a residual branch "
            "(Goyal et al., 2017).",
            more=True,
        ),
    )
    accumulate: int = parameter(
        1,
        Integer(
            low=1,
            high=4096,
            unit="batches",
            label="accumulate",
            help="Batches whose gradients make one step together: as a batch so many times as large, "
            "with the memory of one.",
            more=True,
        ),
    )
    clip_norm: float | None = parameter(
        None,
        Real(
            low=1e-6,
            high=1e6,
            none="off",
            label="clip gradients",
            help="The largest norm of all gradients together; longer ones are shortened to it (Pascanu "
            "et al., 2013). 1 to 5 calms runs that jump or diverge.",
            more=True,
        ),
    )
    ema_decay: float | None = parameter(
        None,
        Real(
            low=0.0,
            high=0.99999,
            none="off",
            label="average weights",
            help="Check, show and keep a running mean of the weights that forgets with this decay "
            "(Polyak and Juditsky, 1992): 0.99 for short runs, 0.999 and more for long ones.",
            more=True,
        ),
    )
    patience: int | None = parameter(
        None,
        Integer(
            low=1,
            high=100_000,
            none="off",
            unit="epochs",
            label="stop early",
            help="End the run after so many epochs without a lower validation loss (training loss "
            "where no image is kept aside).",
            more=True,
        ),
    )
    precision: str = parameter(
        "off",
        Choice(
            options=PRECISIONS,
            label="mixed precision",
            help="Compute products in 16 bits, weights stay in 32 (Micikevicius et al., 2018): faster "
            "on GPUs with tensor cores, bf16 if there is a choice; seldom on CPUs.",
            more=True,
        ),
    )
    compile: str = parameter(
        "off",
        Choice(
            options=COMPILES,
            label="compile",
            help="Let torch.compile write faster kernels for full batches, which takes up to two "
            "minutes first: it pays for deep networks in long runs, and can slow small ones down. "
            "measure: a few steps are timed both ways, and the faster is taken. A resumed run is then "
            "the same to rounding, not to the last bit.",
            more=True,
        ),
    )
    channels_last: bool = parameter(
        True,
        Flag(
            label="channels last",
            help="Keep the values of a pixel's channels side by side in memory; nearly always faster.",
            more=True,
        ),
    )
    deterministic: bool = parameter(
        False,
        Flag(
            help="Use only operations that give the same bits each time, also on GPUs; slower, and "
            "what has no such implementation ends the run.",
            more=True,
        ),
    )
    checkpoint_every: int | None = parameter(
        None,
        Integer(
            low=1,
            high=1_000_000_000,
            none="at epochs' ends",
            unit="steps",
            label="checkpoint every",
            help="Write all that the run needs to go on from there after so many steps. Left alone, it "
            "is written at the ends of epochs, as often as that takes less than 0.5 % of the time.",
            more=True,
        ),
    )
    keep_checkpoints: int = parameter(
        2,
        Integer(
            low=1,
            high=10_000,
            label="keep checkpoints",
            help="How many of the newest checkpoints are kept, besides the best.",
            more=True,
        ),
    )
    auxiliary_weight: float = parameter(
        0.3,
        Real(
            low=0.0,
            high=10.0,
            help="How much the loss of each further Output counts beside that of the first "
            "(GoogLeNet: 0.3).",
        ),
    )
    augmentations: tuple[Augmentation, ...] = ()
    schedule: Schedule = field(default=CosineAnnealingLR())
    loss: Loss = field(default=CrossEntropyLoss())
    optimizer: Optimizer = field(default=Adam(learning_rate=0.003))

    def __post_init__(self) -> None:
        super().__post_init__()
        for place, item in enumerate(self.augmentations):
            reason = misplaced(self.augmentations[:place], type(item))
            if reason:
                raise ParameterError("Recipe", "augmentations", reason)

    def rate(self, step: int, steps: int, per_epoch: int, highest: float | None = None) -> float:
        """The learning rate of step number `step`, from 0, of `steps` in all, `per_epoch` an epoch.

        `highest` is what the epochs so far have left of the optimiser's rate (None: all of it), as
        `schedule.checked` tells.
        """
        top = self.optimizer.learning_rate if highest is None else highest
        return self.schedule.rate(top, step, steps, per_epoch)


def misplaced(before: Sequence[Augmentation], kind: type[Augmentation]) -> str:
    """Why an augmentation cannot follow those before it, as the end of a sentence; empty: it can."""
    if any(type(item) is kind for item in before):
        return f"have {kind.kind()} twice, but each may be there once; remove one"
    mixing = next((item for item in before if item.mixes), None)
    if mixing is not None:
        return f"have {kind.kind()} after {mixing.kind()}, which comes last; put it before that"
    return ""
