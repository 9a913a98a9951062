"""Layers that are ours alone, or easily misread, compute what they say."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.layers.base import Change, Layer, Shape, ShapeError
from engine.layers.catalogue import layer


def module_of(declared: Layer, *shapes: Shape) -> nn.Module:
    """The module that the layer's code makes, in double precision."""
    names: dict[str, object] = {"nn": nn, "torch": torch}
    exec(declared.definition, names)
    return eval(declared.code(*shapes), names).double()


@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "dilation", "bias"),
    [(3, 1, 0, 1, True), ((2, 3), (2, 1), (1, 0), 1, True), (2, 1, 1, (2, 3), False)],
)
def test_a_locally_connected_layer_is_a_loop_over_positions(
    kernel_size: int, stride: int, padding: int, dilation: int, bias: bool
) -> None:
    shape = (3, 7, 6)
    declared = layer(
        "LocallyConnected2d",
        out_channels=4,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        bias=bias,
    )
    module = module_of(declared, shape)
    x = torch.randn(2, *shape, dtype=torch.float64)
    result = module(x)
    (channels, height, width) = declared.outputs(shape)[0]
    pairs = [
        value if isinstance(value, tuple) else (value, value)
        for value in (kernel_size, stride, padding, dilation)
    ]
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = pairs
    padded = nn.functional.pad(x, (pw, pw, ph, ph))
    weight = module.get_parameter("weight")
    for row in range(height):
        for column in range(width):
            top, left = row * sh, column * sw
            patch = padded[
                :, :, top : top + dh * (kh - 1) + 1 : dh, left : left + dw * (kw - 1) + 1 : dw
            ]
            expected = patch.flatten(1) @ weight[row * width + column]
            if bias:
                expected = expected + module.get_parameter("bias")[row * width + column]
            torch.testing.assert_close(result[:, :, row, column], expected)
    assert result.shape == (2, channels, height, width)


def test_a_locally_connected_layer_with_equal_kernels_is_a_convolution() -> None:
    shape = (3, 8, 8)
    local = module_of(layer("LocallyConnected2d", out_channels=5, padding=1, stride=2), shape)
    shared = module_of(layer("Conv2d", out_channels=5, padding=1, stride=2), shape)
    with torch.no_grad():
        weight = shared.get_parameter("weight").flatten(1).T
        local.get_parameter("weight").copy_(weight.expand_as(local.get_parameter("weight")))
        bias = shared.get_parameter("bias")
        local.get_parameter("bias").copy_(bias.expand_as(local.get_parameter("bias")))
    x = torch.randn(3, *shape, dtype=torch.float64)
    torch.testing.assert_close(local(x), shared(x))


def test_sum_pooling_sums_each_window() -> None:
    shape = (2, 7, 9)
    declared = layer("SumPool2d", kernel_size=(3, 2), stride=2, padding=1, ceil_mode=True)
    x = torch.randn(1, *shape, dtype=torch.float64)
    result = module_of(declared, shape)(x)
    _, height, width = declared.outputs(shape)[0]
    padded = nn.functional.pad(x, (1, 3, 1, 3))
    for row in range(height):
        for column in range(width):
            window = padded[:, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 2]
            torch.testing.assert_close(result[:, :, row, column], window.sum(dim=(2, 3)))


@pytest.mark.parametrize("size", [(7, 9), (8, 5), (2, 3), (2, 11)])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (3, 3, 1), (2, 1, 1)]
)
def test_unpooling_restores_the_plane_of_its_pooling(
    size: tuple[int, int], ceil_mode: bool, kernel: int, stride: int, padding: int
) -> None:
    shape = (3, *size)
    pool = layer(
        "MaxPool2d",
        kernel_size=kernel,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        return_indices=True,
    )
    unpool = layer("MaxUnpool2d", kernel_size=kernel, stride=stride, padding=padding)
    shapes = pool.outputs(shape)
    assert unpool.outputs(*shapes) == (shape,)
    x = torch.rand(2, *shape, dtype=torch.float64) + 1
    values, indices = module_of(pool, shape)(x)
    call = unpool.call("unpool", ["values", "indices"], shapes)
    restored = eval(
        call, {"unpool": module_of(unpool, *shapes), "values": values, "indices": indices}
    )
    kept = restored != 0
    assert restored.shape == x.shape
    assert torch.equal(restored[kept], x[kept])
    assert torch.equal(restored.flatten(2).amax(2), values.flatten(2).amax(2))


def test_a_dilated_pooling_is_undone_with_the_repair_that_is_offered() -> None:
    pool = layer("MaxPool2d", kernel_size=3, stride=2, dilation=3, return_indices=True)
    shapes = pool.outputs((2, 15, 15))
    with pytest.raises(ShapeError) as caught:
        layer("MaxUnpool2d", kernel_size=3, stride=2).outputs(*shapes)
    (repair,) = caught.value.repairs
    assert isinstance(repair, Change)
    mended = layer("MaxUnpool2d").changed(**dict(repair.values))
    assert mended.outputs(*shapes) == ((2, 15, 15),)


@pytest.mark.parametrize("power", [1, 2, 3, 16])
def test_a_power_pooling_of_zeros_has_a_finite_gradient(power: int) -> None:
    module = module_of(layer("LPPool2d", norm_type=power), (1, 2, 2))
    x = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    module(x).sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
