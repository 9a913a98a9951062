"""Tensors of which each process of a run has but a piece; elsewhere there is none, and nothing is done."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor: itself, or what the pieces of all processes make, who have to ask at once."""
    # By its method, since importing DTensor takes half a second.
    gather: Any = getattr(tensor, "full_tensor", None)
    return tensor if gather is None else cast(Tensor, gather())


def piece(tensor: Tensor) -> Tensor:
    """This process's piece of a tensor, in the same memory; the tensor itself, where it is not in pieces."""
    own: Any = getattr(tensor, "to_local", None)
    return tensor if own is None else cast(Tensor, own())
