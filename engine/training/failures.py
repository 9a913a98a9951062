"""What ends a training, as one sentence for people."""

from __future__ import annotations

import torch

from engine.training.rundir import RunDirectory, disk_full


def sentence(error: Exception, run: RunDirectory) -> str:
    """The sentence for any error: its cure where it is known, else what it says."""
    return (
        _memory_sentence(error)
        or _deterministic_sentence(error)
        or _deviation_sentence(error)
        or _disk_sentence(error, run)
        or _sentence(error)
    )


def _memory_sentence(error: Exception) -> str:
    """The sentence for an error that says that memory has run out; empty for others."""
    text = str(error).lower()
    memory = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    if not memory and "can't allocate memory" not in text and "out of memory" not in text:
        return ""
    return "Memory has run out; choose a smaller batch size or a smaller network."


def _deterministic_sentence(error: Exception) -> str:
    """The sentence for an error that says that something cannot be done alike each time."""
    what, found, _ = str(error).partition(" does not have a deterministic implementation")
    if not found:
        return ""
    return (
        f"{what} has no deterministic implementation here; set deterministic to off in the recipe."
    )


def _deviation_sentence(error: Exception) -> str:
    """The sentence for an error of a normalisation that gets one value only; empty for others."""
    if "Expected more than 1 value per channel" not in str(error):
        return ""
    return (
        "A BatchNorm2d got one value per channel, of which there is no deviation; raise the batch size "
        "above 1, or normalise by GroupNorm."
    )


def _disk_sentence(error: Exception, run: RunDirectory) -> str:
    """The sentence for an error that says that the disk is full; empty for others."""
    if not disk_full(error):
        return ""
    return f"The disk of {run.path} is full, so the run cannot go on; make room and train again."


def _sentence(error: Exception) -> str:
    first = str(error).strip().partition("\n")[0]
    return f"Training ended by an error: {type(error).__name__}: {first}"[:400]
