"""The windows that layers declare hold exactly what their outputs react to."""

from __future__ import annotations

import warnings
from math import ceil

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from torch import nn

from engine.layers.base import Layer, Shape, ShapeError, Window
from engine.layers.catalogue import kinds
from tests.engine.layers.drawing import configurations

SPATIAL = [
    kind
    for kind, layer in kinds().items()
    if not layer.variadic
    and layer.ports_in == ("input",)
    and layer.ports_out
    and kind not in {"Linear", "Flatten"}
]
BUMP = 100.0


def reactions(layer: Layer, shape: Shape) -> torch.Tensor:
    """Which output positions react to which input positions: (in h, in w, out h, out w), bool.

    Every input position in turn is raised far, in each map by another amount, in double precision.
    """
    names: dict[str, object] = {"nn": nn, "torch": torch}
    exec(layer.definition, names)
    code = layer.code(shape)
    torch.manual_seed(0)
    module = eval(code, names).double().eval() if code else None
    if module is not None:
        for parameter in module.parameters():
            nn.init.uniform_(parameter, 0.1, 1)
    channels, height, width = shape
    bump = BUMP * torch.arange(1, channels + 1)
    still = torch.rand(1, *shape, dtype=torch.float64)
    raised = still.repeat(height * width, 1, 1, 1)
    for position in range(height * width):
        raised[position, :, position // width, position % width] += bump
    names |= {"module": module, "x": torch.cat([still, raised])}
    result = eval(layer.call("module", ["x"], [shape]), names)
    output = result[0] if isinstance(result, tuple) else result
    # Where a value stands in memory decides how torch computes it, and so its last digits.
    still, raised = output[:1], output[1:]
    changed = ((raised - still).abs() > 1e-9 * raised.abs().maximum(still.abs())).any(dim=1)
    return changed.reshape(height, width, *output.shape[2:])


def bounds(window: Window, output: int, size: int) -> tuple[int, int]:
    """First and last position of an axis of `size` that output number `output` may read."""
    first = ceil(output * window.stride + window.start - 1e-9)
    return max(first, 0), min(first + window.size - 1, size - 1)


def check_axis(seen: torch.Tensor, window: Window, exact: bool) -> None:
    """Assert that along one axis, `seen` (in, out), nothing outside the window is read.

    With `exact` also that the first and last positions are, where they lie inside the map.
    """
    size, outputs = seen.shape
    for output in range(outputs):
        first, last = bounds(window, output, size)
        read = seen[:, output].nonzero().flatten().tolist()
        assert all(first <= position <= last for position in read), (window, output, read)
        whole = window.stride * output + window.start
        if exact and whole >= 0 and whole + window.size <= size:
            assert read[0] == first and read[-1] == last


@pytest.mark.parametrize("kind", SPATIAL)
def test_outputs_read_their_window_and_nothing_else(kind: str) -> None:
    checked = 0

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(configurations(kinds()[kind]))
    def agree(configuration: tuple[Layer, tuple[Shape, ...]]) -> None:
        nonlocal checked
        layer, (shape,) = configuration
        try:
            outputs = layer.outputs(shape)
        except ShapeError:
            assume(False)
            raise
        # What a circular padding reads lies on the other side of the map, beyond any window.
        assume(len(shape) == len(outputs[0]) == 3 and shape[1] * shape[2] <= 100)
        assume(layer.values.get("padding_mode", "zeros") == "zeros")
        checked += 1
        windows = layer.receptive(shape)
        changed = reactions(layer, shape)
        if windows is None:
            if kind != "Reshape":
                assert changed.any(dim=3).any(dim=2).all(), "some position reaches no output"
            return
        # An interpolation gives a weight of 0 to a neighbour when it hits a position.
        exact = kind != "Upsample" and all(float(window.stride).is_integer() for window in windows)
        # Where every window lies in the padding along one axis, nothing is read along the other.
        exact = exact and bool(changed.any())
        check_axis(changed.any(dim=3).any(dim=1), windows[0], exact)
        check_axis(changed.any(dim=2).any(dim=0), windows[1], exact)

    with warnings.catch_warnings():
        # torch warns of an extra copy where 'same' padding is uneven.
        warnings.simplefilter("ignore")
        agree()
    assert checked >= 5


def test_a_normalisation_of_whole_maps_reads_all_of_them() -> None:
    for kind in ("InstanceNorm2d", "GroupNorm", "LayerNorm"):
        layer = kinds()[kind]()
        assert layer.receptive((4, 5, 6)) is None
        assert reactions(layer, (4, 5, 6)).all()


def test_unpooled_values_lie_in_the_window_of_their_pooling() -> None:
    for size, kernel, stride, padding in (
        (13, 3, 2, 1),
        (10, 2, 2, 0),
        (9, 3, 3, 1),
        (11, 3, 1, 0),
    ):
        pool = kinds()["MaxPool2d"]().changed(
            kernel_size=kernel, stride=stride, padding=padding, return_indices=True
        )
        values, indices = pool.outputs((1, size, size))
        unpool = kinds()["MaxUnpool2d"]().changed(
            kernel_size=kernel, stride=stride, padding=padding
        )
        assert unpool.outputs(values, indices) == ((1, size, size),)
        windows = unpool.receptive(values, indices)
        assert windows is not None
        _, places = eval(pool.code((1, size, size)), {"nn": nn})(torch.rand(1, 1, size, size))
        for row, line in enumerate((places[0, 0] // size).tolist()):
            for place in line:
                first, last = bounds(windows[0], place, values[1])
                assert first <= row <= last


def test_a_fractional_stride_reaches_no_further_than_it_must() -> None:
    double = kinds()["Upsample"]().receptive((1, 4, 4))
    assert double is not None
    assert double[0] == Window(1, 0.5, -0.5)
    assert [bounds(double[0], output, 4) for output in range(4)] == [(0, 0), (0, 0), (1, 1), (1, 1)]
