"""Training through `torch.compile`, where a recipe asks for it and this machine can.

https://docs.pytorch.org/docs/stable/generated/torch.compile.html
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.training.updates import Update

WORTH = 0.95
"""Compiled is chosen where a step takes at most this part of the time."""
ROUNDS = 5
_LONG = "Compiling the network, which takes up to two minutes"


def compile_update(
    update: Update,
    module: nn.Module,
    inputs: Tensor,
    measured: bool,
    tell: Callable[[str, float], None],
) -> str:
    """Let an update take its full batches through the compiled module; a sentence about what was done.

    `inputs` are a full batch of normalised images. `measured`: only if passes forth and back are found
    to be faster so. Where it cannot be compiled here, everything stays as it was. Weights, running
    statistics and random numbers are left as they are.
    """
    # Its pool of processes would outlive a run that is stopped meanwhile.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    tell(_LONG, 0.0)
    state = {name: item.detach().clone() for name, item in module.state_dict().items()}
    random = torch.get_rng_state()
    module.train()
    compiled: Any = cast(Any, torch).compile(module)
    try:
        update.use(compiled)
        _pass(update, inputs)
        if not measured:
            return ""
        tell("Timing the compiled network", 0.9)
        return _chosen(update, module, compiled, inputs)
    except Exception as error:
        update.use(module)
        why = str(error).strip().partition("\n")[0].rstrip(".")
        return f"Not compiled, since torch.compile failed here ({why})."
    finally:
        with torch.no_grad():
            for name, item in module.state_dict().items():
                item.copy_(state[name])
        module.zero_grad(set_to_none=True)
        torch.set_rng_state(random)


def _chosen(update: Update, module: nn.Module, compiled: Any, inputs: Tensor) -> str:
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for way, call in ((False, module), (True, compiled)):
            update.use(call)
            times[way].append(_pass(update, inputs))
    plain, fast = (1000 * median(times[way]) for way in (False, True))
    if fast <= WORTH * plain:
        update.use(compiled)
        return f"Compiled, since a step takes {fast:.3g} ms so and {plain:.3g} ms otherwise."
    update.use(module)
    return f"Not compiled, since a step takes {fast:.3g} ms so and {plain:.3g} ms otherwise."


def _pass(update: Update, inputs: Tensor) -> float:
    """Seconds that a pass forth and back takes."""
    began = time.perf_counter()
    results = update.forward(inputs)
    total: Any = sum(
        item.square().mean() for item in (results if isinstance(results, tuple) else (results,))
    )
    total.backward()
    if inputs.device.type == "cuda":
        torch.cuda.synchronize(inputs.device)
    return time.perf_counter() - began
