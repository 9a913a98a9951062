"""Declared optimisers become torch's, with the same arguments, and refuse what torch refuses."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.fields import Choice, Flag, Integer, ParameterError, Real, defaults, specs
from engine.recipe.muon import Muon
from engine.recipe.recipe import OPTIMIZERS
from engine.recipe.sgd import SGD
from engine.training.errors import TrainingError
from engine.training.optimizers import Together, make_optimizer, set_rate

every = pytest.mark.parametrize("kind", list(OPTIMIZERS))
OURS = {"lr", "share", "params", "fused"}
CHOSEN = {"SGD": {"momentum"}}
"""Defaults that are better than torch's on purpose, besides the rates."""


@every
def test_every_declared_optimiser_is_torchs_and_learns(kind: str) -> None:
    torch.manual_seed(0)
    module = nn.Linear(4, 1)
    declared = OPTIMIZERS[kind](learning_rate=0.05)
    optimizer = make_optimizer(declared, [("weight", module.weight)])
    assert type(optimizer) is getattr(torch.optim, kind)
    for name, value in declared.arguments().items():
        assert optimizer.param_groups[0][name] == value
    inputs = torch.randn(32, 4)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = (module(inputs) - inputs.sum(1, keepdim=True)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


@every
def test_defaults_are_torchs_but_for_the_rate(kind: str) -> None:
    theirs = inspect.signature(getattr(torch.optim, kind)).parameters
    for name, value in OPTIMIZERS[kind]().arguments().items():
        if name != "lr" and name not in CHOSEN.get(kind, ()):
            default = theirs[name].default
            assert value == default or (name == "adjust_lr_fn" and default is None), name


@every
def test_every_parameter_says_what_it_does_and_every_optimiser_when_to_choose_it(kind: str) -> None:
    declared = OPTIMIZERS[kind]
    assert declared.purpose and declared.when.endswith(".") and declared.paper
    assert all(spec.help.endswith(".") for spec in specs(declared).values())


def values(spec: Any) -> st.SearchStrategy[Any]:
    """Values in a field's range, at its ends, and somewhat outside."""
    if isinstance(spec, Flag):
        return st.booleans()
    if isinstance(spec, Choice):
        return st.sampled_from((*spec.options, "nonsense"))
    if isinstance(spec, Integer):
        return st.integers(spec.low - 2, spec.high + 2)
    assert isinstance(spec, Real)
    ends = (spec.low, spec.high, 0.0, -1e-6, 1.0, 1.5, math.nextafter(spec.high, math.inf))
    return st.sampled_from(ends) | st.floats(-0.5, 1.5)


@every
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_accepted_torch_accepts_and_whatever_torch_refuses_is_refused(
    kind: str, data: st.DataObject
) -> None:
    declared = OPTIMIZERS[kind]
    names = data.draw(st.sets(st.sampled_from(list(specs(declared))), min_size=1, max_size=3))
    chosen = {name: data.draw(values(specs(declared)[name]), label=name) for name in names}
    try:
        optimizer = declared(**chosen)
    except ParameterError:
        return
    weight = nn.Parameter(torch.ones(2, 2))
    made = make_optimizer(optimizer, [("weight", weight)])
    weight.grad = torch.ones(2, 2)
    made.step()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"momentum": 0.0, "nesterov": True}, "wants a momentum above 0, but it is 0"),
        ({"dampening": 0.1, "nesterov": True}, r"wants a dampening of 0, but it is 0\.1"),
    ],
)
def test_nesterov_without_what_it_needs_is_refused_as_by_torch(
    wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ParameterError, match=f"SGD: nesterov {sentence}"):
        SGD(**wrong)
    with pytest.raises(ValueError, match="Nesterov momentum requires"):
        torch.optim.SGD(nn.Linear(1, 1).parameters(), **wrong)


def test_muon_steps_the_matrices_and_adamw_the_rest() -> None:
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(16, 3))
    twin = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(16, 3))
    twin.load_state_dict(module.state_dict())
    declared = Muon(adamw_learning_rate=0.001)
    ours = make_optimizer(declared, module.named_parameters())
    assert isinstance(ours, Together)
    rest = [parameter for parameter in twin.parameters() if parameter.ndim != 2]
    theirs = (
        torch.optim.Muon([twin[2].weight], lr=0.02, weight_decay=0.1, momentum=0.95),
        torch.optim.AdamW(rest, lr=0.001, weight_decay=0.01),
    )
    images = torch.randn(8, 1, 4, 4)
    for step in range(3):
        for net, optimizers in ((module, (ours,)), (twin, theirs)):
            for optimizer in optimizers:
                optimizer.zero_grad()
            net(images).square().mean().backward()
            for optimizer in optimizers:
                optimizer.step()
        if step == 0:
            set_rate(ours, 0.01)
            theirs[0].param_groups[0]["lr"] = 0.01
            theirs[1].param_groups[0]["lr"] = 0.0005
    for one, other in zip(module.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-7)


def test_two_optimisers_together_go_on_from_their_state() -> None:
    torch.manual_seed(1)
    module = nn.Linear(4, 4)
    ours = make_optimizer(Muon(), module.named_parameters())
    module(torch.ones(1, 4)).sum().backward()
    ours.step()
    again = make_optimizer(Muon(), module.named_parameters())
    again.load_state_dict(ours.state_dict())
    assert again.state_dict().keys() == {"0", "1"}
    assert again.param_groups[1]["share"] == pytest.approx(0.0003 / 0.02)
    state = again.state_dict()["0"]["state"][0]["momentum_buffer"]
    assert torch.equal(state, ours.state_dict()["0"]["state"][0]["momentum_buffer"])


def test_muon_refuses_a_network_without_matrices() -> None:
    with pytest.raises(TrainingError, match="but the network has none; choose AdamW"):
        make_optimizer(Muon(), nn.Conv2d(1, 1, 3).named_parameters())


def test_a_rate_is_set_for_the_next_step() -> None:
    module = nn.Linear(1, 1, bias=False)
    optimizer = make_optimizer(SGD(learning_rate=1.0, momentum=0.0), module.named_parameters())
    set_rate(optimizer, 0.0)
    before = module.weight.item()
    module(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    assert module.weight.item() == before


def test_a_network_with_nothing_to_learn_is_refused() -> None:
    with pytest.raises(TrainingError, match="no parameters, so there is nothing to learn"):
        make_optimizer(SGD(), nn.ReLU().named_parameters())


def test_files_hold_the_parameters_of_earlier_versions_still() -> None:
    assert {"learning_rate", "weight_decay", "momentum", "nesterov"} <= defaults(SGD).keys()
    assert {"beta1", "beta2"} <= defaults(OPTIMIZERS["AdamW"]).keys()
