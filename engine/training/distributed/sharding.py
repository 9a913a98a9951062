"""A step of learning by processes of which each keeps but a piece of every tensor: torch's FSDP2.

Weights, their gradients and the optimiser's state lie in pieces, cut along the first axis. A part of the
module is whole for as long as it computes, in both directions. Zhao et al., PyTorch FSDP, 2023;
https://docs.pytorch.org/docs/stable/distributed.fsdp.fully_shard.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, distributed, nn

from engine.training.averaging import Average
from engine.training.distributed.update import SharedUpdate
from engine.training.optimizers import parts
from engine.training.whole import piece

if TYPE_CHECKING:
    from engine.training.setup import Setup

dist: Any = distributed

_MOST = 1 / 8
"""The part of all weights from which on what consists of several is gathered part by part."""
_LEAST = 1 / 100
"""The part of all weights up to which something is gathered with the rest, at the very beginning."""


class ShardedUpdate(SharedUpdate):
    """Takes the steps of `SharedUpdate`, with a module that lies in pieces since `connect`.

    Its parameters are DTensors from then on. Between two steps none of it is whole. Every process has
    to go through it equally often, in evaluation too.
    """

    def connect(self, setup: Setup) -> None:
        from torch.distributed.device_mesh import init_device_mesh

        module = self._module
        before = dict(module.named_parameters())
        # FSDP2 knows no other order in memory.
        cast(Any, module).to(memory_format=torch.contiguous_format)
        mesh = init_device_mesh(self.device.type, (self._team.size,))
        self._sharded = _shard(module, mesh)
        pieces = {before[name]: item for name, item in module.named_parameters()}
        for part in parts(self.optimizer):
            _move(part, pieces)
        self._parameters = [pieces[item] for item in self._parameters]
        if self.average is not None:
            self.average = _moved(self.average, module)
        own = sum(piece(item).numel() for item in module.parameters())
        every = _weights(module)
        self.remark = (
            f"Each of the {self._team.size:,} processes keeps but a piece of the {every:,} weights, the "
            f"first one {own:,}."
        )

    def accompany(self, pixels: Tensor) -> None:
        self.forward(self._normalize(pixels[:1]))

    def _together(self, last: bool) -> AbstractContextManager[None]:
        self._sharded.set_requires_gradient_sync(last)
        return nullcontext()

    def _begin_telling(self) -> None:
        self._sum = torch.zeros(3, device=self.device)

    def _tell(self, figures: Tensor) -> Tensor:
        self._sum += figures
        return figures.new_zeros(())

    def _told(self) -> Tensor:
        dist.all_reduce(self._sum)
        return self._sum / self._team.size


def _shard(module: nn.Module, mesh: Any) -> Any:
    """Lay a module's tensors in pieces; the module, which can more since."""
    from torch.distributed import fsdp

    total = _weights(module)
    # What is made whole for the forward pass goes to pieces behind it.
    shard: Any = partial(fsdp.fully_shard, mesh=mesh, reshard_after_forward=True)
    for unit in _units(module, _LEAST * total, _MOST * total):
        shard(unit)
    return shard(module)


def _units(module: nn.Module, least: float, most: float) -> Iterator[nn.Module]:
    """The parts of a module that are made whole each by itself."""
    for child in module.children():
        weights = _weights(child)
        if weights > most and any(map(_weights, child.children())):
            yield from _units(child, least, most)
        elif weights > least:
            yield child


def _weights(module: nn.Module) -> int:
    return sum(item.numel() for item in module.parameters())


def _move(optimizer: torch.optim.Optimizer, pieces: Mapping[nn.Parameter, nn.Parameter]) -> None:
    """Let an optimiser go on with the pieces of its parameters, and of what it knows of them."""
    described = optimizer.state_dict()
    old = [item for group in optimizer.param_groups for item in group["params"]]
    for group in optimizer.param_groups:
        group["params"] = [pieces[item] for item in group["params"]]
    optimizer.state.clear()
    state = {
        number: {key: _piece_like(pieces[old[number]], value) for key, value in values.items()}
        for number, values in described["state"].items()
    }
    optimizer.load_state_dict({**described, "state": state})


def _moved(average: Average, module: nn.Module) -> Average:
    """The average of a module that lies in pieces now."""
    found = Average(module, average.decay)
    found.steps = average.steps
    with torch.no_grad():
        for new, mean in zip(found.mean, average.mean, strict=True):
            new.copy_(_piece_like(new, mean))
    return found


def _piece_like(tensor: Tensor, value: Any) -> Any:
    """This process's piece of a value that belongs to a tensor; what has another shape stays whole."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not (isinstance(tensor, DTensor) and isinstance(value, Tensor)):
        return value
    if value.shape != tensor.shape:
        return value
    value = value.contiguous().to(tensor.device)
    # Every process has the same, so that nothing need be sent.
    return distribute_tensor(value, tensor.device_mesh, tensor.placements, src_data_rank=None)
