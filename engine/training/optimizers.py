"""From a recipe's optimiser to torch's."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import torch
from torch import nn

from engine.recipe.muon import Muon
from engine.recipe.optimizer import Optimizer
from engine.training.errors import TrainingError


class Together:
    """Two of torch's optimisers, each with parameters of its own, as one."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer) -> None:
        self.parts = (first, second)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both."""
        return [group for part in self.parts for group in part.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none)

    def step(self) -> None:
        """Take a step with each."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """The state of each, under its number."""
        return {str(number): part.state_dict() for number, part in enumerate(self.parts)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state_dict` gave."""
        for number, part in enumerate(self.parts):
            part.load_state_dict(state[str(number)])


Stepper: TypeAlias = torch.optim.Optimizer | Together


def parts(optimizer: Stepper) -> tuple[torch.optim.Optimizer, ...]:
    """torch's optimisers in it."""
    return optimizer.parts if isinstance(optimizer, Together) else (optimizer,)


def make_optimizer(declared: Optimizer, parameters: Iterable[nn.Parameter]) -> Stepper:
    """torch's optimiser of the declared kind and arguments, with one kernel for all tensors where it has one.

    Raises `TrainingError` where there is nothing to learn.
    """
    learnable = [parameter for parameter in parameters if parameter.requires_grad]
    if not learnable:
        raise TrainingError(
            "The network has no parameters, so there is nothing to learn; add a Conv2d or a Dense layer."
        )
    if isinstance(declared, Muon):
        return _muon(declared, learnable)
    return _make(declared.kind(), learnable, declared.arguments(), 1.0)


def learning(optimizer: Stepper) -> int:
    """How many numbers it changes."""
    return sum(item.numel() for group in optimizer.param_groups for item in group["params"])


def set_rate(optimizer: Stepper, rate: float) -> None:
    """Let the next step be taken with this learning rate, and with its share of it by a helper."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def _muon(declared: Muon, learnable: list[nn.Parameter]) -> Stepper:
    """Muon for the matrices, as far as torch takes them, and AdamW for the rest."""
    matrices = [parameter for parameter in learnable if parameter.ndim == 2]
    rest = [parameter for parameter in learnable if parameter.ndim != 2]
    if not matrices:
        raise TrainingError(
            "Muon steps matrices, as Dense layers have them, but the network has none; choose AdamW."
        )
    muon = _make("Muon", matrices, declared.arguments(), 1.0)
    if not rest:
        return muon
    share = declared.adamw_learning_rate / declared.learning_rate
    return Together(muon, _make("AdamW", rest, declared.arguments_of_the_rest(), share))


def _make(
    name: str, learnable: list[nn.Parameter], arguments: dict[str, Any], share: float
) -> torch.optim.Optimizer:
    kind: Any = getattr(torch.optim, name)
    group = {"params": learnable, "share": share}
    if "fused" in inspect.signature(kind).parameters:
        try:
            return kind([group], fused=True, **arguments)
        except RuntimeError:  # This device has no fused kernel.
            pass
    return kind([group], **arguments)
