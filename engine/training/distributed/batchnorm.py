"""BatchNorm whose statistics are those of the whole batch, of which each process has a part.

torch's SyncBatchNorm does it on graphics cards alone, and counts every image; here one may count nothing.
Ioffe and Szegedy, Batch normalization, 2015; the means and squared deviations of parts are put
together as by Chan, Golub and LeVeque, Updating formulae, 1979.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

if TYPE_CHECKING:
    from engine.training.distributed.team import Team

dist: Any = distributed


def share_statistics(module: nn.Module, team: Team) -> None:
    """Let every BatchNorm of a module, while it trains, normalise by what all processes have together."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            # The module stays what it is, for whoever looks at it or writes it down.
            cast(Any, part).forward = partial(_forward, part, team, part.forward)


def _forward(part: nn.BatchNorm2d, team: Team, alone: Any, inputs: Tensor) -> Tensor:
    if not part.training:
        return alone(inputs)
    result, mean, variance, count = cast(Any, _Normalize).apply(
        inputs, part.weight, part.bias, part.eps, team
    )
    with torch.no_grad():
        _follow(part, mean, variance, float(count))
    return result


def _follow(part: nn.BatchNorm2d, mean: Tensor, variance: Tensor, count: float) -> None:
    """Take the batch's statistics into the running ones, the variance as one of a sample."""
    if part.running_mean is None or part.running_var is None:
        return
    assert part.num_batches_tracked is not None
    part.num_batches_tracked.add_(1)
    momentum = part.momentum
    if momentum is None:
        momentum = 1.0 / float(part.num_batches_tracked)
    part.running_mean.lerp_(mean, momentum)
    part.running_var.lerp_(variance * (count / max(1.0, count - 1)), momentum)


class _Normalize(torch.autograd.Function):
    """(x - mean) / sqrt(variance + eps) · weight + bias, and its gradient, over all processes' images."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, team: Team
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        values = inputs.float()
        channels = values.shape[1]
        own = values.new_zeros(2 * channels + 1)
        if not team.idle:
            variance, mean = torch.var_mean(values, (0, 2, 3), correction=0)
            own[:channels], own[channels:-1] = mean, variance
            own[-1] = values.numel() // channels
        every = [torch.empty_like(own) for _ in range(team.size)]
        dist.all_gather(every, own)
        stacked = torch.stack(every)
        means, variances, counts = stacked[:, :channels], stacked[:, channels:-1], stacked[:, -1:]
        count = counts.sum()
        mean = (counts * means).sum(0) / count
        variance = (counts * (variances + (means - mean).square())).sum(0) / count
        result = functional.batch_norm(inputs, mean, variance, weight, bias, False, 0.0, eps)
        scale = torch.rsqrt(variance + eps)
        ctx.save_for_backward(inputs, weight, mean, scale, count)
        ctx.idle = team.idle
        ctx.mark_non_differentiable(mean, variance, count)
        return result, mean, variance, count

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        inputs, weight, mean, scale, count = ctx.saved_tensors
        gradient = gradients[0].float()
        across = (1, -1, 1, 1)
        normal = (inputs.float() - mean.view(across)) * scale.view(across)
        sums = torch.cat([(gradient * normal).sum((0, 2, 3)), gradient.sum((0, 2, 3))])
        own = sums.clone()
        dist.all_reduce(sums)
        inner, plain = (sums / count).chunk(2)
        back = gradient - plain.view(across) - normal * inner.view(across)
        back = back * (scale if weight is None else scale * weight).view(across)
        if ctx.idle:
            back = torch.zeros_like(back)
        for_weight, for_bias = own.chunk(2) if weight is not None else (None, None)
        return back.to(inputs.dtype), for_weight, for_bias, None, None
