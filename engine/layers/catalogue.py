"""Every layer there is: found in the family folders, checked, and given out by kind.

A new layer is one new file in a family folder; nothing else names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType

import engine.layers as package
from engine.fields import Value, specs
from engine.layers.base import Layer

FAMILIES = (
    "io",
    "convolution",
    "pooling",
    "activation",
    "normalization",
    "dense",
    "shape",
    "merge",
)
"""The family folders in the order of the palette."""


class DeclarationError(TypeError):
    """A layer file that does not declare what every layer must; `kind` is the layer's."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"the layer {kind} {message}")
        self.kind = kind


@cache
def families() -> Mapping[str, tuple[type[Layer], ...]]:
    """The layers of each family, in the palette's order; raises `DeclarationError` for a bad file."""
    return MappingProxyType({family: _discover(family) for family in FAMILIES})


@cache
def kinds() -> Mapping[str, type[Layer]]:
    """Every layer by its kind, in the palette's order."""
    return MappingProxyType(
        {layer.kind(): layer for members in families().values() for layer in members}
    )


def layer(kind: str, **values: Value) -> Layer:
    """A layer of `kind` with some parameters set.

    Raises `KeyError` for an unknown kind and `ParameterError` for an unknown or unfit value.
    """
    return kinds()[kind]().changed(**values)


def _discover(family: str) -> tuple[type[Layer], ...]:
    folder = [f"{root}/{family}" for root in package.__path__]
    found: list[type[Layer]] = []
    for entry in pkgutil.iter_modules(folder):
        module = importlib.import_module(f"{package.__name__}.{family}.{entry.name}")
        declared = [
            item
            for item in vars(module).values()
            if isinstance(item, type)
            and issubclass(item, Layer)
            and item.__module__ == module.__name__
        ]
        if len(declared) != 1:
            raise DeclarationError(entry.name, f"file declares {len(declared)} layers and not one")
        check(declared[0], family)
        found.append(declared[0])
    return tuple(sorted(found, key=lambda layer: (layer.place, layer.kind())))


def check(kind: type[Layer], family: str) -> None:
    """Raise `DeclarationError` where a layer in the folder `family` leaves something undeclared."""
    name = kind.kind()
    for attribute in ("purpose", "reference"):
        if not getattr(kind, attribute):
            raise DeclarationError(name, f"has no {attribute}")
    if kind.family != family:
        raise DeclarationError(name, f"is of family {kind.family!r} in the folder {family!r}")
    for field in fields(kind):
        if field.name not in specs(kind):
            raise DeclarationError(name, f"has a field {field.name} without a meaning")
        if not specs(kind)[field.name].help:
            raise DeclarationError(name, f"has a parameter {field.name} without help")
    usual = kind()
    for preset in kind.presets:
        usual.changed(**dict(preset.values))
    if not kind.examples():
        raise DeclarationError(name, "has no examples")
