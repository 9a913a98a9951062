"""From the text of a network to its module: the one place where generated source is run."""

from __future__ import annotations

from typing import Any

from torch import nn

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
    return module
