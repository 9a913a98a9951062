"""What gradients, weights and activations are like: measured now and then, and training does not notice."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.layers.elementwise import Elementwise
from engine.network.scope import node_of
from engine.training.budget import PART
from engine.training.events import Measured
from engine.training.learners import owner
from engine.training.resident import resident
from engine.training.setup import Setup
from engine.training.strides import Strides, length
from engine.training.twin import Twin

_PART = PART / 2
"""Of the time: each measurement also leaves the processor's caches full of what training has no use for."""
_FIRST = 5
"""Measurements in the beginning that may take forty times their part of the time, so that a short run is
measured too."""
_RARER = 300
"""A measurement comes at the soonest after this part of the time so far, so that long runs stay readable."""
_IMAGES = 64
_MACS = 400_000_000
"""Images that activations are looked at for, at most, and the multiply-accumulates that they may take."""
_NEAR = 0.01
"""The part of a bounded activation's range that counts as its end."""
_DIGITS = 4


class Watch:
    """Measures a step when it is time for it: `begin` before it, `measure` after it."""

    def __init__(self, setup: Setup, strides: Strides | None = None) -> None:
        """`strides` measures what trains, where the module that is set up is a copy."""
        self._setup = setup
        self._strides = strides or Strides(setup.module, setup.update)
        self._twin = Twin(setup, share=True)
        self._measures = self._of_activations()
        self._sample = self._images() if self._measures else None
        self._nodes, self._groups = self._by_node()
        self._times = 0
        self._began = time.perf_counter()
        self._next = self._began

    def due(self) -> bool:
        """Whether the next step is to be measured."""
        return time.perf_counter() >= self._next

    @torch.no_grad()
    def begin(self) -> None:
        """A step to be measured comes now."""
        self._started = time.perf_counter()
        self._strides.begin()
        self._taken = time.perf_counter() - self._started

    @torch.no_grad()
    def measure(self, step: int) -> Measured:
        """What the step that has just been taken, number `step`, was like."""
        began = time.perf_counter()
        stride = self._strides.measure()
        weights, changed, gradients = stride.weights, stride.changes, stride.gradients
        dead, saturated = self._activations()
        sizes = self._strides.sizes

        def mean(norms: Sequence[float], group: Sequence[int]) -> float | None:
            size = sum(sizes[place] for place in group)
            return _number(length(norms, group) / math.sqrt(size)) if size else None

        groups = self._groups
        measured = Measured(
            step=step,
            gradient_norm=_number(stride.gradient),
            update_ratio=_ratio(length(changed), length(weights)),
            memory=memory(self._setup.device),
            nodes=self._nodes,
            gradients=tuple(mean(gradients, group) for group in groups),
            weights=tuple(mean(weights, group) for group in groups),
            updates=tuple(
                _ratio(length(changed, group), length(weights, group)) if group else None
                for group in groups
            ),
            dead=tuple(_mean(dead.get(node, ())) for node in self._nodes),
            saturated=tuple(_mean(saturated.get(node, ())) for node in self._nodes),
        )
        self._plan(time.perf_counter() - began + self._taken)
        return measured

    def _plan(self, seconds: float) -> None:
        """Decide when it is time again, after a measurement that took so long."""
        now = time.perf_counter()
        self._times += 1
        part = _PART * (40 if self._times < _FIRST else 1)
        self._next = now + max(seconds / part, (now - self._began) / _RARER)

    def _by_node(self) -> tuple[tuple[str, ...], list[list[int]]]:
        """Every node that is measured, in the order of computing, and the places of its parameters."""
        groups: dict[str, list[int]] = {}
        for place, name in enumerate(self._strides.names):
            node = owner(name.rpartition(".")[0], self._twin.owners)
            if node is not None:
                groups.setdefault(node, []).append(place)
        heard = self._twin.recorder.nodes if self._twin.recorder is not None else ()
        nodes = tuple(name for name in heard if name in groups or name in self._measures)
        return nodes, [groups.get(node, []) for node in nodes]

    def _of_activations(self) -> dict[str, Callable[[Tensor], float]]:
        """The nodes whose outputs tell something, and how to measure it: all of one kind of number."""
        self._kinds: dict[str, str] = {}
        found: dict[str, Callable[[Tensor], float]] = {}
        recorder = self._twin.recorder
        for name in recorder.nodes if recorder is not None else ():
            node = node_of(self._setup.project, name)
            layer = node.content if node is not None else None
            if not isinstance(layer, Elementwise):
                continue
            if layer.cuts:
                found[name], self._kinds[name] = _dead, "dead"
            elif layer.bounds is not None:
                found[name], self._kinds[name] = _saturation(*layer.bounds), "saturated"
        return found

    def _images(self) -> Tensor:
        setup = self._setup
        batches = setup.validation if len(setup.validation) >= _IMAGES else setup.training
        count = max(8, min(_IMAGES, _MACS // max(1, setup.macs)))
        images = batches.normalize(batches.first(count)[0])
        return images.to(next(setup.module.parameters()).device)

    def _activations(self) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
        """Parts that are dead, and saturated, of each node, once for each time that it is applied."""
        found: dict[str, dict[str, list[float]]] = {"dead": {}, "saturated": {}}
        recorder = self._twin.recorder
        if recorder is not None and self._sample is not None:

            def take(name: str, output: Tensor) -> None:
                value = self._measures[name](output)
                found[self._kinds[name]].setdefault(name, []).append(value)

            recorder.run(self._sample, tuple(self._measures), take)
        return found["dead"], found["saturated"]


def memory(device: torch.device) -> int:
    """Bytes in use: of a graphics card's memory by torch, else of the machine's by this process, at
    present where the system tells, or else at most so far.
    """
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    present = resident()
    return present if present is not None else _peak()


def _peak() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such module.
        return 0
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _dead(output: Tensor) -> float:
    """The part of the maps, or units, of (n, channels, ...) that are nowhere above 0."""
    most = output.transpose(0, 1).flatten(1).amax(1)
    return float((most <= 0).float().mean())


def _saturation(low: float, high: float) -> Callable[[Tensor], float]:
    margin = _NEAR * (high - low)

    def measure(output: Tensor) -> float:
        ends = (output < low + margin) | (output > high - margin)
        return float(ends.float().mean())

    return measure


def _ratio(change: float, whole: float) -> float | None:
    return _number(change / whole) if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return _number(sum(values) / len(values)) if values else None


def _number(value: float) -> float | None:
    """With as many digits as tell anything; None for an infinity or no number."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
