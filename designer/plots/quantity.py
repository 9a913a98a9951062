"""What is drawn of a run beside its loss: each quantity's name, axis and unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designer.style import numbers


@dataclass(frozen=True)
class Quantity:
    """`what` is its series in a `Record`, `axis` its name with its unit, `factor` what makes values
    into that unit. `log`: it is best seen on a logarithmic axis. `single`: there is one curve, which
    needs no name.
    """

    what: str
    title: str
    axis: str
    text: Callable[[float], str]
    tip: str
    factor: float = 1.0
    log: bool = False
    single: bool = True


LOSS = Quantity("loss", "Loss", "cross-entropy (nats)", numbers.real, "", single=False)
ACCURACY = Quantity(
    "accuracy",
    "Accuracy",
    "accuracy (%)",
    numbers.percent,
    "The part of the images that are taken for what they are",
    100.0,
    single=False,
)
CHOICES: tuple[Quantity, ...] = (
    ACCURACY,
    Quantity(
        "rates",
        "Learning rate",
        "learning rate",
        numbers.real,
        "What the schedule has made of the recipe's rate",
    ),
    Quantity(
        "gradients",
        "Gradient norm",
        "gradient norm (L2)",
        numbers.real,
        "The length of all gradients together, before they are clipped",
        log=True,
    ),
    Quantity(
        "ratios",
        "Update to weight",
        "|update| / |weight|",
        numbers.real,
        "How much a step changes the weights, as a part of them; 0.001 is usual",
        log=True,
    ),
    Quantity(
        "speeds",
        "Throughput",
        "images/s",
        lambda value: f"{numbers.count(value)}/s",
        "Images learned from in each second",
    ),
    Quantity(
        "memory",
        "Memory",
        "memory (MB)",
        numbers.size,
        "What is in use: of the graphics card, or else of the training process",
        1e-6,
    ),
)
"""What the second plot can show."""
