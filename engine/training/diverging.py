"""Where numbers stop being finite: which node of a module is the first to put out what is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.training.errors import DivergedError
from engine.training.learners import owner
from engine.training.losses import Results
from engine.training.setup import Setup
from engine.training.twin import Twin


@dataclass(frozen=True)
class Place:
    """The first `node` with numbers that are not finite (`instance/node` inside a block; empty: none is
    known), and what is the matter there, as a sentence's part.
    """

    node: str
    what: str


def locate(setup: Setup, inputs: Tensor) -> Place:
    """Where normalised images (n, channels, height, width) turn into what is not finite.

    They go through a copy of the module as it is now, in its mode and precision, so that nothing of it
    changes; random numbers are drawn.
    """
    twin = Twin(setup, share=False)
    if twin.recorder is None:
        return Place("", "")
    recorder = twin.recorder
    twin.as_in(setup.module)
    found: list[tuple[str, Tensor]] = []
    largest: dict[str, float] = {}

    def take(name: str, output: Tensor) -> None:
        if not found and not bool(output.isfinite().all()):
            found.append((name, output.detach().clone()))
        elif not found:
            largest[name] = float(output.detach().abs().amax()) if output.numel() else 0.0

    def call(images: Tensor) -> Results:
        return recorder.module(images)

    with torch.no_grad(), recorder.listening(recorder.nodes, take):
        results = setup.update.forward(inputs, call)
    if not found:
        return _at_the_loss(results, largest)
    node, output = found[0]
    broken = _broken(recorder.module)
    if any(_owner(twin, name) == node for name in broken):
        return Place(node, _of_weights(twin, node, broken))
    value = output[~output.isfinite()][0].item()
    before = list(largest.values())[-1] if largest else 0.0
    return Place(
        node,
        f"{node} is the first node that puts out what is not finite, {value}, where values of up to "
        f"{before:.3g} come in",
    )


def of_a_loss(setup: Setup, step: int, loss: float, inputs: Tensor) -> DivergedError:
    """The error for a training loss of normalised images in a step, which was not taken."""
    place = locate(setup, inputs)
    return _error(setup, f"The loss became {loss} at step {step:,}", place, step)


def of_a_check(setup: Setup, step: int, loss: float, inputs: Tensor) -> DivergedError:
    """The error for a loss of normalised validation or test images after a step."""
    place = locate(setup, inputs)
    return _error(
        setup, f"The loss of the images kept aside became {loss} after step {step:,}", place, step
    )


def of_a_tensor(setup: Setup, step: int, tensor: str) -> DivergedError:
    """The error for a tensor of the module that is not finite after a step."""
    what = f"{tensor} holds values that are infinite or not numbers after step {step:,}"
    return _error(setup, what, Place(_owner(Twin(setup, share=True), tensor), ""), step)


def _error(setup: Setup, what: str, place: Place, step: int) -> DivergedError:
    where = f": {place.what}" if place.what else ""
    return DivergedError(f"{what}{where}; {_advice(setup)}.", place.node, step)


def _advice(setup: Setup) -> str:
    """What helps, as the end of a sentence."""
    nodes = setup.project.network.nodes.values()
    blocks = setup.project.network.blocks.values()
    inner = (node for block in blocks for node in block.network.nodes.values())
    if any(node.kind == "BatchNorm2d" for node in (*nodes, *inner)):
        return "lower the learning rate, or clip gradients"
    return "lower the learning rate, or put a normalisation layer between the others"


def _at_the_loss(results: Results, largest: dict[str, float]) -> Place:
    """Every node is sound: what the last puts out is too much for the loss."""
    node = next(reversed(largest), "")
    if not node:
        return Place("", "")
    tensors = results if isinstance(results, tuple) else (results,)
    most = max(float(tensor.abs().amax()) for tensor in tensors)
    return Place(
        node, f"{node} puts out values of up to {most:.3g}, of which the loss is not finite"
    )


def _broken(module: nn.Module) -> list[str]:
    state = cast("dict[str, Tensor]", cast(Any, module).state_dict())
    return [name for name, tensor in state.items() if not bool(tensor.isfinite().all())]


def _of_weights(twin: Twin, node: str, broken: list[str]) -> str:
    """The tensors of a node are not finite; gradients that were not have come from behind it."""
    nodes = list(dict.fromkeys(_owner(twin, name) for name in broken))
    if len(nodes) == 1:
        return f"{node} is the first node whose tensors are not finite, after the step before"
    return (
        f"{node} is the first node whose tensors are not finite, after the step before, as are those of "
        f"all in all {len(nodes):,} nodes up to {nodes[-1]}"
    )


def _owner(twin: Twin, tensor: str) -> str:
    return owner(tensor.rpartition(".")[0], twin.owners) or ""
