"""Where and with how many threads a run computes."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import torch

from engine.training.errors import TrainingError

DEFAULT_THREADS = torch.get_num_threads()
"""What torch takes in a process in which nobody sets it."""


def choose_device(name: str) -> torch.device:
    """The device called `auto` (the best there is), `cpu`, `cuda` or `mps`; raises `TrainingError`."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(device for device, present in there.items() if present))
    if not there[name]:
        found = " and ".join(device for device, present in there.items() if present)
        raise TrainingError(
            f"The recipe asks for the device {name}, but this machine has {found} only; "
            "set the device to auto."
        )
    return torch.device(name)


_PRECISIONS = {"off": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def precision_of(name: str, device: torch.device) -> torch.dtype | None:
    """The type that products are computed in, None for float32; raises `TrainingError` where a device
    has no kernels for it.
    """
    dtype = _PRECISIONS[name]
    if dtype is None:
        return None
    reason = ""
    if device.type == "cuda" and dtype == torch.bfloat16:
        if not torch.cuda.is_bf16_supported(including_emulation=False):
            card = torch.cuda.get_device_name(device)
            reason = f"{card} has no bf16 arithmetic"
    try:
        reason = reason or _tried(dtype, device)
    except RuntimeError as error:
        reason = str(error).partition("\n")[0].rstrip(".")
    if reason:
        raise TrainingError(
            f"The recipe asks for {name}, but the device {device.type} cannot: {reason}; "
            "set mixed precision to off."
        )
    return dtype


def _tried(dtype: torch.dtype, device: torch.device) -> str:
    """Why a small convolution and its gradient cannot be computed in `dtype`; empty: they can."""
    weight = torch.ones(2, 1, 3, 3, device=device, requires_grad=True)
    with torch.autocast(device.type, dtype):
        result = torch.nn.functional.conv2d(torch.ones(1, 1, 4, 4, device=device), weight)
    if result.dtype != dtype:
        return f"it computed in {result.dtype} instead"
    cast(Any, result.float().sum()).backward()
    return ""


def want_workspace() -> None:
    """Let cuBLAS work deterministically, which it asks for once, before its first product."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@contextmanager
def determinism(wanted: bool) -> Generator[None]:
    """Let torch use deterministic algorithms alone within, where that is `wanted`."""
    if not wanted:
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def choose_threads(wanted: int) -> int:
    """The number of threads: `wanted`, or for 0 all cores that this process may use but one."""
    if wanted:
        return wanted
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # Only Linux tells.
        cores = os.cpu_count() or 1
    return max(1, cores - 1)
