"""A checkpoint's tensors: taken from what trains, and given back to it to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeAlias, cast

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from engine.training.optimizers import Stepper, parts
from engine.training.rundir import RunError
from engine.training.standing import TRAINING, WEIGHTS, Standing
from engine.training.updates import Update
from engine.training.whole import whole

_SLASH = "/"
Take: TypeAlias = Callable[[], tuple[bytes, bytes]]
"""Takes a checkpoint's two files, as `take` does."""


def take(module: nn.Module, update: Update) -> tuple[bytes, bytes]:
    """The module's weights, and everything else that the next step depends on, as two safetensors files.

    Where the module lies in pieces all processes call this, or `lend`, at once. Raises `FloatingPointError` naming the first tensor that holds an infinity or no number, since
    there is no going on from that.
    """
    average = update.average
    with average.out_of_place() if average is not None else nullcontext():
        return _take(module, update)


def lend(module: nn.Module, update: Update) -> None:
    """Give this process's pieces to the one that calls `take`."""
    average = update.average
    with average.out_of_place() if average is not None else nullcontext():
        for tensor in (*module.state_dict().values(), *_training(module, update).values()):
            whole(tensor.detach())


def _take(module: nn.Module, update: Update) -> tuple[bytes, bytes]:
    weights = _plain(module.state_dict())
    training = _plain(_training(module, update))
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise FloatingPointError(name)
    return save(weights), save(training)


def _training(module: nn.Module, update: Update) -> dict[str, Tensor]:
    """What the next step depends on besides the weights."""
    names = {id(item): name for name, item in module.named_parameters()}
    training: dict[str, Tensor] = {"random/cpu": torch.get_rng_state()}
    if update.device.type == "cuda":
        training["random/cuda"] = torch.cuda.get_rng_state(update.device)
    for parameter, state in _states(update.optimizer):
        for key, value in state.items():
            if isinstance(value, Tensor):
                training[f"optimizer/{names[id(parameter)]}/{key}"] = value
    if update.average is not None:
        for name, mean in update.average.named():
            training[f"average/{name}"] = mean
    return training


def give_back(
    folder: Path, module: nn.Module, update: Update, standing: Standing, *, exact: bool
) -> list[str]:
    """Put a checkpoint's tensors into a module and its update; what could not be, a name each.

    `exact`: the module is the one that the checkpoint was taken of, and every tensor must be there;
    raises `RunError` otherwise. Else the tensors of equal names are taken over as far as they fit: of
    one that has grown or shrunk along some axes, the common part, and what is new stays as it is.
    """
    try:
        weights = load((folder / WEIGHTS).read_bytes())
        training = load((folder / TRAINING).read_bytes())
    except (OSError, ValueError) as error:
        raise RunError(f"The checkpoint {folder} cannot be read: {error}.") from error
    left = _fill(cast("dict[str, Tensor]", module.state_dict()), weights)
    if exact and left:
        raise RunError(
            f"The checkpoint {folder} lacks {left[0]}, or has it in another shape, than the module "
            "that model.py makes; it belongs to another network."
        )
    if standing.optimizer == update.kind:
        _restore_optimizer(module, update.optimizer, training)
    if update.average is not None:
        update.average.begin_again(standing.averaged)
        _fill(dict(update.average.named()), _below(training, "average"))
    if update.scaler is not None and standing.scale is not None:
        state = update.scaler.state_dict()
        state |= {"scale": standing.scale, "_growth_tracker": standing.grown}
        update.scaler.load_state_dict(state)
    if exact:
        # Last, because making the module has drawn numbers too.
        try:
            torch.set_rng_state(training["random/cpu"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise RunError(
                f"{folder / TRAINING} holds no state of the random numbers that can be taken up ({error}); "
                "take an earlier checkpoint."
            ) from error
        if update.device.type == "cuda" and "random/cuda" in training:
            torch.cuda.set_rng_state(training["random/cuda"], update.device)
    return left


@torch.no_grad()
def _fill(into: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> list[str]:
    """Copy the common part of tensors of equal names; the names that do not, or not wholly, have one."""
    left: list[str] = []
    for name, tensor in into.items():
        found = tensors.get(name)
        if found is None or found.ndim != tensor.ndim:
            left.append(name)
            continue
        if found.shape != tensor.shape:
            left.append(name)
        common = tuple(slice(0, min(a, b)) for a, b in zip(found.shape, tensor.shape, strict=True))
        tensor[common].copy_(found[common])
    return left


def _restore_optimizer(
    module: nn.Module, optimizer: Stepper, training: Mapping[str, Tensor]
) -> None:
    names = {id(item): name for name, item in module.named_parameters()}
    for part in parts(optimizer):
        described = part.state_dict()
        state: dict[int, dict[str, Tensor]] = {}
        parameters = [item for group in part.param_groups for item in group["params"]]
        for number, parameter in enumerate(parameters):
            kept = _below(training, f"optimizer/{names[id(parameter)]}")
            if kept:
                state[number] = {key: _like(parameter, value) for key, value in kept.items()}
        part.load_state_dict({**described, "state": state})


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """A value of an optimiser's state for a parameter, which it lies in memory alike.

    Fused kernels go through both as they lie. Where the shapes differ, the common part, and 0 elsewhere.
    """
    if value.ndim == 0 or value.ndim != parameter.ndim:
        return value
    whole = torch.zeros_like(parameter.detach(), dtype=value.dtype)
    _fill({"": whole}, {"": value})
    return whole


def _states(optimizer: Stepper) -> Iterable[tuple[Tensor, Mapping[str, Any]]]:
    for part in parts(optimizer):
        yield from cast("Mapping[Tensor, Mapping[str, Any]]", part.state).items()


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with the prefix and a slash, without these."""
    start = prefix + _SLASH
    return {
        name.removeprefix(start): item for name, item in tensors.items() if name.startswith(start)
    }


def _plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous whole tensors on the CPU, no two of which share memory."""
    return {
        name: whole(tensor.detach()).to("cpu").contiguous().clone()
        for name, tensor in tensors.items()
    }
