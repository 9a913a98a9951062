"""The learning-rate range test: which rates are tried, and what the losses say.

The rate grows by the same factor at every step from `low` to `high`, on weights that are thrown away.
It is Smith's test (Cyclical learning rates for training neural networks, 2017, section 3.3) with the
exponential growth, the smoothed loss and the early end of fastai's finder (Gugger, 2018). No torch
here; a run directory with a `rate-test.json` is tested and not trained.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.fields import Declaration, Integer, ParameterError, Real, parameter
from engine.network.storage import reason, replace_file
from engine.training.rundir import RunDirectory, RunError

SMOOTHING = 0.9
"""How much of the mean loss is kept at a step, where the end is decided."""
DIVERGED = 4.0
"""The test ends where the mean loss is so many times its least."""
HALVING = 3
"""Steps away from another at which a loss counts half, in the smoothed curve."""
SETTLING = 5
"""Steps at the beginning of which nothing is concluded."""
_FALL = 0.02
"""The part of the loss that must be lost, at least, for a rate to have taught anything."""
SOURCE = "Smith, Cyclical learning rates for training neural networks, 2017, section 3.3"


@dataclass(frozen=True)
class RateTest(Declaration):
    """The rates that are tried."""

    low: float = parameter(
        1e-6, Real(low=1e-12, high=100.0, label="from", help="The rate of the first step.")
    )
    high: float = parameter(
        10.0, Real(low=1e-12, high=1000.0, label="to", help="The rate of the last step.")
    )
    steps: int = parameter(
        120,
        Integer(
            low=20, high=10_000, unit="steps", help="Steps from the lowest to the highest rate."
        ),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low < self.high:
            raise ParameterError(
                "RateTest",
                "high",
                f"must be above the lowest rate, {self.low:g}, not {self.high:g}",
            )

    def rate(self, step: int) -> float:
        """The rate of step number `step`, from 0."""
        return self.low * (self.high / self.low) ** (step / (self.steps - 1))


@dataclass(frozen=True)
class Finding:
    """What a test has shown. `smooth` are the smoothed losses, one for each step.

    `least` is the rate at their least, `steepest` that at which they fell fastest, per ratio of
    rates, `suggested` a tenth of `least`. The three are None where no rate has taught anything, or the
    loss fell to the end, and `sentence` says so.
    """

    smooth: tuple[float, ...] = ()
    least: float | None = None
    steepest: float | None = None
    suggested: float | None = None
    sentence: str = ""


class Divergence:
    """Watches the exponential mean of the losses so far, unbiased at the beginning (as Adam's moments)."""

    def __init__(self) -> None:
        self._mean = 0.0
        self._steps = 0
        self._least = math.inf

    def after(self, loss: float) -> bool:
        """Take in the loss of one more step; whether higher rates are of no use."""
        self._steps += 1
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        now = self._mean / (1 - SMOOTHING**self._steps)
        self._least = min(self._least, now)
        return self._steps > SETTLING and now > DIVERGED * self._least


def smoothed(losses: Sequence[float]) -> list[float]:
    """The losses, each a mean of those around it: half the weight with every `HALVING` steps away.

    It looks both ways, so that nothing is found later than it was.
    """
    if not losses:
        return []
    reach = min(len(losses) - 1, 8 * HALVING)
    kernel = 0.5 ** (np.abs(np.arange(-reach, reach + 1)) / HALVING)
    weights = np.convolve(np.ones(len(losses)), kernel)
    sums = np.convolve(np.asarray(losses, np.float64), kernel)
    inside = slice(reach, reach + len(losses))
    return (sums[inside] / weights[inside]).tolist()


def conclude(test: RateTest, losses: Sequence[float]) -> Finding:
    """What the losses of the steps so far, all finite, say."""
    smooth = smoothed(losses)
    settled = smooth[SETTLING:]
    if len(settled) < SETTLING:
        return Finding(tuple(smooth), sentence="Too few steps for a suggestion.")
    at = SETTLING + settled.index(min(settled))
    # Down to its least all the way from the highest that came before.
    top = max(range(SETTLING, at + 1), key=lambda step: smooth[step])
    if smooth[top] - smooth[at] < _FALL * abs(smooth[top]):
        return Finding(
            tuple(smooth),
            sentence=f"At no rate from {test.low:g} to {test.rate(len(losses) - 1):.2g} did the loss "
            "fall; try other rates, or look whether the network can learn at all.",
        )
    if at >= len(smooth) - HALVING:
        return Finding(
            tuple(smooth),
            sentence=f"The loss still fell at the last rate tried, {test.rate(at):.2g}; try higher "
            "ones to see from which on it rises.",
        )
    falls = {
        step: smooth[min(step + HALVING, at)] - smooth[max(step - HALVING, top)]
        for step in range(top, at + 1)
    }
    steepest = min(falls, key=lambda step: falls[step])
    suggested = rounded(test.rate(at) / 10)
    return Finding(
        tuple(smooth),
        test.rate(at),
        rounded(test.rate(steepest)),
        suggested,
        f"The loss was least at a rate of {test.rate(at):.2g}; a tenth of it is a safe highest rate.",
    )


def rounded(rate: float) -> float:
    """A rate in two digits; the test knows no more."""
    return float(f"{rate:.2g}")


def ask(run: RunDirectory, test: RateTest) -> None:
    """Let a run directory be tested and not trained; raises `RunError`."""
    try:
        text = json.dumps(test.values, indent=2)
        replace_file(run.path / "rate-test.json", f"{text}\n".encode())
    except OSError as error:
        raise RunError(f"{run.path} cannot be written: {reason(error)}.") from None


def asked(run: RunDirectory) -> RateTest | None:
    """The test that a run directory asks for, None where it is to be trained; raises `RunError`."""
    file = run.path / "rate-test.json"
    try:
        values: Any = json.loads(file.read_bytes())
        return RateTest(**values)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"{file} cannot be read: {error}.") from None
