"""Frozen nodes: what keeps its tensors while the rest learns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from torch import nn

from engine.codegen.source import Source
from engine.network.project import Project
from engine.training.errors import TrainingError


def frozen_paths(
    project: Project, source: Source | None, known: tuple[str, ...]
) -> tuple[str, ...]:
    """Paths of the modules that are frozen, by the source, or as it was `known` when the run began.

    `source` is None where this version of the program would write another text than the one that is
    trained. Raises `TrainingError` where the paths cannot be told.
    """
    if source is not None:
        return source.frozen
    network = project.network
    networks = (network, *(block.network for block in network.blocks.values()))
    if not known and any(node.frozen for part in networks for node in part.nodes.values()):
        raise TrainingError(
            "The run's model.py is not what this version of Convoscope writes for its project, so "
            "the frozen layers cannot be found in it; train the project anew."
        )
    return known


class Frozen:
    """The frozen part of a module: no gradient, and running statistics that stay."""

    def __init__(self, module: nn.Module, paths: Iterable[str]) -> None:
        self._still: list[nn.Module] = []
        for path in paths:
            part = module.get_submodule(path)
            part.requires_grad_(False)
            # Only what counts along is held in evaluation mode: a frozen Dropout still drops.
            children = cast("Iterable[nn.Module]", part.modules())
            self._still += [item for item in children if _own_buffers(item)]

    def hold(self) -> None:
        """Keep the running statistics; to be called whenever the module has been put in training mode."""
        for part in self._still:
            part.training = False


def _own_buffers(module: nn.Module) -> bool:
    return any(True for _ in cast(Any, module).buffers(recurse=False))
