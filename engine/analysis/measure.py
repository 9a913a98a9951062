"""What a layer makes of input shapes, worked out once for equal layers and equal shapes."""

from __future__ import annotations

from math import prod
from typing import TypeAlias

from engine.analysis.receptive import Windows
from engine.analysis.report import NodeReport
from engine.layers.base import ELEMENTWISE, Layer, Shape, parameters

Shapes: TypeAlias = tuple[Shape, ...]

BYTES = 4
"""Of one float32 number."""

UNKNOWN = NodeReport()
"""The report of every node behind a problem."""


class Measures(dict[Shapes, NodeReport]):
    """Reports by input shapes; one that is not there yet is worked out when it is looked up.

    A lookup raises `ShapeError` (for a block also `BlockError`) where the shapes do not fit. No
    shapes at all stand for inputs that are unknown.
    """

    most = 512
    """A layer dragged through more sizes than this starts afresh."""

    def __init__(self, unknown: bool) -> None:
        super().__init__()
        if unknown:
            self[()] = UNKNOWN

    def __missing__(self, shapes: Shapes) -> NodeReport:
        if len(self) > self.most:
            known = self.get(())
            self.clear()
            if known is not None:
                self[()] = known
        report = self[shapes] = self.measure(shapes)
        return report

    def measure(self, shapes: Shapes) -> NodeReport:
        """Work out the report for input shapes that fit, or raise."""
        raise NotImplementedError


class LayerMeasures(Measures):
    """What one layer makes of its input shapes."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(unknown=bool(layer.ports_in))
        self._layer = layer

    def measure(self, shapes: Shapes) -> NodeReport:
        layer = self._layer
        outputs = layer.outputs(*shapes)
        windows = layer.receptive(*shapes)
        # An Output hands on what it gets and keeps no memory of its own.
        memory = BYTES * sum(map(prod, outputs)) if layer.ports_out else 0
        return NodeReport(
            shapes,
            outputs,
            parameters(layer.tensors(*shapes)),
            layer.macs(*shapes),
            memory,
            (),
            _shared(windows),
        )


def _shared(windows: Windows) -> Windows:
    """Equal windows as one object, which the receptive fields recognise at a glance."""
    if windows is None or windows == ELEMENTWISE:
        return windows and ELEMENTWISE
    height, width = windows
    return (height, height) if height == width else windows


_known: dict[tuple[object, ...], LayerMeasures] = {}
_MOST_LAYERS = 32_768


def measures(layer: Layer) -> LayerMeasures:
    """What is known of all layers equal to this one."""
    # Class and values make the same key as the layer, three times as fast as a dataclass's hash.
    key = (type(layer), *vars(layer).values())
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST_LAYERS:
            _known.clear()
        found = _known[key] = LayerMeasures(layer)
    return found


def forget() -> None:
    """Start with nothing known, as a new process does."""
    _known.clear()


def fixed(shape: Shape) -> Measures:
    """What an Input makes inside a block: it hands on what comes from outside."""
    found = Measures(unknown=False)
    found[()] = NodeReport((), (shape,))
    return found
