"""Where and with how many threads a run computes."""

from __future__ import annotations

import os

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


def choose_threads(wanted: int) -> int:
    """The number of threads: `wanted`, or for 0 all cores that this process may use but one."""
    if wanted:
        return wanted
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # Only Linux tells.
        cores = os.cpu_count() or 1
    return max(1, cores - 1)
