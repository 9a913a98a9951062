"""A second module of the same source, with an ear at every node, so that the first is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.interop.recorder import Recorder
from engine.training.build import build
from engine.training.setup import Setup
from engine.training.whole import whole


class Twin:
    """What the nodes of a run's module put out, asked of a twin that shares its tensors, or copies them.

    A node inside a block is `instance/node`. Where the source is not what this version of the program
    writes, no node is known, and none is heard.
    """

    def __init__(self, setup: Setup, *, share: bool) -> None:
        """No random number is drawn. With `share` the twin follows what training does to the tensors."""
        source = setup.source
        text = source.text if source is not None else ""
        self.owners: Mapping[str, str] = {}
        """By the paths of modules, the nodes that they are."""
        self.recorder: Recorder | None = None
        if source is None:
            return
        places = (*source.places.items(), *source.further)
        self.owners = {place.module: name for name, place in places if place.module}
        with torch.device("meta"):
            module = build(text, "twin")
        state: dict[str, Tensor] = setup.module.state_dict()
        if not share:
            state = {name: whole(tensor).clone() for name, tensor in state.items()}
        cast(Any, module).load_state_dict(state, assign=True)
        module.requires_grad_(False)
        self.recorder = Recorder(module, text, source.places, source.further)

    def as_in(self, module: nn.Module) -> None:
        """Let every part be in training or evaluation mode as the same part of `module` is."""
        assert self.recorder is not None
        own = self.recorder.module.modules()
        for part, other in zip(own, module.modules(), strict=True):
            part.training = other.training
