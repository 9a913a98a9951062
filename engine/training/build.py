"""From the text of a network to its module: the one place where generated source is run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.codegen.guard import compile_source


def build(text: str, name: str = "network") -> nn.Module:
    """The module that the text's `build()` makes, weights drawn by torch's generator.

    Tracebacks show the text's lines under `name`. Raises `GuardError` for text that does more than
    define modules, and whatever torch raises for arguments that it refuses.
    """
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile_source(text, name), namespace)
    module = namespace["build"]()
    assert isinstance(module, nn.Module)
    for child in cast("Iterable[nn.Module]", module.modules()):
        if isinstance(child, nn.GroupNorm):
            child.register_forward_pre_hook(_wanting_a_gradient)
    return module


def _wanting_a_gradient(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    """What a GroupNorm takes, wanting a gradient.

    Without one, as behind an Input or a frozen layer, torch 2.13's kernel for channels that lie last
    writes the gradient to the address 0 all the same, which ends the process.
    """
    images = inputs[0]
    if images.requires_grad or images.device.type != "cpu" or not torch.is_grad_enabled():
        return None
    return (images.detach().requires_grad_(),)
