"""Mean squared error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.recipe.loss import Loss

_RANGE = "compares with normalised pixels, from about -3 to 3"


@dataclass(frozen=True)
class MSELoss(Loss):
    """The mean of (output - input)² over all of an image's values, for autoencoders.

    The input is the image as the network gets it: of mean 0 and deviation 1 by channel.
    """

    purpose: ClassVar[str] = "Rebuilds its own input, for autoencoders"
    when: ClassVar[str] = "For networks whose Output has the shape of their Input."
    reference: ClassVar[str] = "torch.nn.MSELoss"
    title: ClassVar[str] = "mean squared error"
    target: ClassVar = "image"
    spoils: ClassVar[Mapping[str, str]] = {
        "Softmax": _RANGE,
        "LogSoftmax": _RANGE,
        "Sigmoid": _RANGE,
        "Tanh": _RANGE,
        "ReLU": _RANGE,
    }
