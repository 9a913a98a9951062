"""A module's weights to a file and back. Needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import nn

from engine.interop import tensorfile
from engine.interop.tensorfile import Entry, WeightsError, read_metadata
from engine.network.storage import reason, replace_file

__all__ = ["WeightsError", "load_weights", "read_metadata", "save_weights"]

DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
"""What safetensors calls the types of a module's tensors."""


def save_weights(module: nn.Module, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write a module's `state_dict` to a safetensors file, which is replaced as a whole.

    Raises `WeightsError` where the file cannot be written, and then the old one is as it was.
    """
    tensors = {
        name: tensor.detach().to("cpu").contiguous() for name, tensor in module.state_dict().items()
    }
    try:
        replace_file(path, save(tensors, dict(metadata or {})))
    except OSError as error:
        raise WeightsError(f"{path} cannot be written: {reason(error)}.") from None


def load_weights(module: nn.Module, path: Path) -> dict[str, str]:
    """Copy a file's tensors into a module, where they keep its device and memory format.

    Returns the texts that the file carries. Names, shapes, types and finiteness are checked before
    anything is copied; raises `WeightsError`, and then the module is as it was.
    """
    state: dict[str, torch.Tensor] = module.state_dict()
    file = tensorfile.read(path)
    wanted = {
        name: Entry(tuple(tensor.shape), DTYPES.get(tensor.dtype, str(tensor.dtype)))
        for name, tensor in state.items()
    }
    file.check_fit(wanted, "the network")
    loaded = load(file.data)
    for name, tensor in loaded.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise WeightsError(
                f"{path}: {name} holds values that are infinite or not numbers; "
                "train again with a smaller learning rate."
            )
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(loaded[name])
    return dict(file.metadata)
