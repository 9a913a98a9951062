"""From a recipe's optimiser to torch's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import torch
from torch import nn

from engine.network.learning import Learning
from engine.recipe.muon import Muon
from engine.recipe.optimizer import Optimizer
from engine.training.errors import TrainingError
from engine.training.learners import grouped


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
Groups: TypeAlias = dict[float, list[nn.Parameter]]
"""Parameters by the share of the learning rate that they take."""


def parts(optimizer: Stepper) -> tuple[torch.optim.Optimizer, ...]:
    """torch's optimisers in it."""
    return optimizer.parts if isinstance(optimizer, Together) else (optimizer,)


def make_optimizer(
    declared: Optimizer,
    parameters: Iterable[tuple[str, nn.Parameter]],
    said: Mapping[str, Learning] | None = None,
    *,
    fused: bool = True,
) -> Stepper:
    """torch's optimiser of the declared kind and arguments; if `fused`, with one kernel for all tensors
    where it has one.

    `parameters` come with their names in the module; `said` holds, by the paths of modules, what
    their nodes say of their rate. Raises `TrainingError` where there is nothing to learn.
    """
    learnable = {name: item for name, item in parameters if item.requires_grad}
    if not learnable:
        raise TrainingError(
            "The network has no parameters, so there is nothing to learn; add a Conv2d or a Dense layer."
        )
    groups = {
        share: [learnable[name] for name in names]
        for share, names in grouped(learnable, said or {}).items()
    }
    if isinstance(declared, Muon):
        return _muon(declared, groups, fused)
    return _make(declared.kind(), groups, declared.arguments(), fused)


def learning(optimizer: Stepper) -> int:
    """How many numbers it changes."""
    return sum(item.numel() for group in optimizer.param_groups for item in group["params"])


def set_rate(optimizer: Stepper, rate: float) -> None:
    """Let the next step be taken with this learning rate, and with its share of it by a helper."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def _muon(declared: Muon, groups: Groups, fused: bool) -> Stepper:
    """Muon for the matrices, as far as torch takes them, and AdamW for the rest."""
    matrices = _those(groups, lambda item: item.ndim == 2)
    rest = _those(groups, lambda item: item.ndim != 2)
    if not matrices:
        raise TrainingError(
            "Muon steps matrices, as Dense layers have them, but the network has none; choose AdamW."
        )
    muon = _make("Muon", matrices, declared.arguments(), fused)
    if not rest:
        return muon
    part = declared.adamw_learning_rate / declared.learning_rate
    helped = {share * part: items for share, items in rest.items()}
    return Together(muon, _make("AdamW", helped, declared.arguments_of_the_rest(), fused))


def _those(groups: Groups, wanted: Callable[[nn.Parameter], bool]) -> Groups:
    found = {share: [item for item in items if wanted(item)] for share, items in groups.items()}
    return {share: items for share, items in found.items() if items}


def _make(
    name: str, groups: Groups, arguments: dict[str, Any], fused: bool
) -> torch.optim.Optimizer:
    kind: Any = getattr(torch.optim, name)
    described = [{"params": items, "share": share} for share, items in groups.items()]
    if fused and "fused" in inspect.signature(kind).parameters:
        try:
            return kind(described, fused=True, **arguments)
        except RuntimeError:  # This device has no fused kernel.
            pass
    return kind(described, **arguments)
