"""Files of tensors (safetensors) as far as they can be read without torch: names, shapes, types, values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load

from engine.layers.base import Shape
from engine.network.storage import reason

LARGEST = 8 * 2**30
"""Bytes of a file that is read, at most."""


class WeightsError(ValueError):
    """What is wrong with a file of weights, or why it does not fit, in one sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of a file: its shape, and its type as safetensors calls it (`F32`, `I64`)."""

    shape: Shape
    dtype: str

    def __str__(self) -> str:
        return f"{self.dtype} {' x '.join(map(str, self.shape)) or 'scalar'}"


@dataclass(frozen=True)
class TensorFile:
    """A file's bytes, its tensors by name, and the texts that go with them."""

    path: Path
    data: bytes
    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]

    def check_fit(self, wanted: Mapping[str, Entry], whose: str) -> None:
        """Raise `WeightsError` naming the first tensor that is not as `wanted` by `whose` module."""
        for name, entry in wanted.items():
            found = self.entries.get(name)
            if found is None:
                raise WeightsError(
                    f"{self.path} has no tensor {name}, which {whose} needs as {entry}; "
                    "choose the weights of this very network."
                )
            if found != entry:
                raise WeightsError(
                    f"{self.path} has {name} as {found} but {whose} needs {entry}; "
                    "choose the weights of this very network."
                )
        for name in self.entries:
            if name not in wanted:
                raise WeightsError(
                    f"{self.path} has a tensor {ascii(name)[1:81]} that {whose} does not have; "
                    "choose the weights of this very network."
                )

    def check_finite(self) -> None:
        """Raise `WeightsError` naming the first tensor that holds an infinity or no number."""
        for name, values in load(self.data).items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise WeightsError(
                    f"{self.path}: {name} holds values that are infinite or not numbers; "
                    "train again with a smaller learning rate."
                )


def read(path: Path) -> TensorFile:
    """Read a file of tensors; raises `WeightsError`."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise WeightsError(
                f"{path} has {size:,} bytes, more than the {LARGEST:,} that are read."
            )
        data = path.read_bytes()
        load(data)  # checks the header against the bytes
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {reason(error)}.") from None
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a whole safetensors file: {error}.") from None
    except KeyError as error:
        raise WeightsError(f"{path} holds tensors of type {error}, which are not read.") from None
    header = _header(data)
    metadata: dict[str, str] = header.pop("__metadata__", None) or {}
    entries = {name: Entry(tuple(item["shape"]), item["dtype"]) for name, item in header.items()}
    return TensorFile(path, data, entries, metadata)


def read_metadata(path: Path) -> dict[str, str]:
    """The texts that a file carries, read without its tensors; raises `WeightsError`."""
    try:
        file: Any = safe_open(path, framework="numpy")
        with file:
            return dict(file.metadata() or {})
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {reason(error)}.") from None
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a whole safetensors file: {error}.") from None


def _header(data: bytes) -> dict[str, Any]:
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
