"""Declared optimisers become torch's, with the same arguments."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.recipe.recipe import OPTIMIZERS
from engine.recipe.sgd import SGD
from engine.training.errors import TrainingError
from engine.training.optimizers import make_optimizer, set_rate


@pytest.mark.parametrize("kind", list(OPTIMIZERS))
def test_every_declared_optimiser_is_torchs_and_learns(kind: str) -> None:
    torch.manual_seed(0)
    module = nn.Linear(4, 1)
    declared = OPTIMIZERS[kind](learning_rate=0.05)
    optimizer = make_optimizer(declared, module.parameters())
    assert type(optimizer) is getattr(torch.optim, kind)
    for name, value in declared.arguments().items():
        assert optimizer.param_groups[0][name] == value
    inputs = torch.randn(32, 4)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = (module(inputs) - 1).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_nesterov_without_momentum_is_left_out_since_torch_refuses_it() -> None:
    make_optimizer(SGD(momentum=0.0, nesterov=True), nn.Linear(1, 1).parameters())


def test_a_rate_is_set_for_the_next_step() -> None:
    module = nn.Linear(1, 1, bias=False)
    optimizer = make_optimizer(SGD(learning_rate=1.0, momentum=0.0), module.parameters())
    set_rate(optimizer, 0.0)
    before = module.weight.item()
    module(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    assert module.weight.item() == before


def test_a_network_with_nothing_to_learn_is_refused() -> None:
    with pytest.raises(TrainingError, match="no parameters, so there is nothing to learn"):
        make_optimizer(SGD(), nn.ReLU().parameters())
