"""Receptive fields against gradients: what reaches a unit is where its gradient is not zero."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.analysis import ReceptiveField, analyse
from engine.network.project import Project
from tests.engine.analysis.drawing import RELU, conv, grow, image, layer, pool, row


def seen(module: nn.Module, shape: tuple[int, ...], unit: tuple[int, int]) -> tuple[range, range]:
    """Rows and columns of the input that reach output unit (row, column) of a network of sums."""
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.1, 1.0)
    inputs = torch.ones(1, *shape, requires_grad=True)
    module(inputs)[0, :, unit[0], unit[1]].sum().backward()
    assert inputs.grad is not None
    rows, columns = torch.nonzero(inputs.grad[0].sum(0), as_tuple=True)
    return (
        range(int(rows.min()), int(rows.max()) + 1),
        range(int(columns.min()), int(columns.max()) + 1),
    )


def told(field: ReceptiveField | None, unit: tuple[int, int]) -> tuple[range, range]:
    """The same from a receptive field."""
    assert field is not None
    starts = [
        round(offset + place * stride)
        for offset, stride, place in zip(field.offset, field.stride, unit, strict=True)
    ]
    rows, columns = (
        range(start, start + size) for start, size in zip(starts, field.size, strict=True)
    )
    return rows, columns


PLAIN = (
    (conv(2, 3, padding=1), RELU, conv(2, 5, stride=2, padding=2)),
    (conv(2, 3, stride=3), conv(2, (1, 3), dilation=(1, 2)), conv(2, 2)),
    (conv(2, 3), layer("AvgPool2d", kernel_size=2), conv(2, 3), layer("AvgPool2d", kernel_size=2)),
    (layer("ZeroPad2d", left=3, right=1, top=0, bottom=2), conv(2, 4, stride=2)),
    (layer("AvgPool2d", kernel_size=2), layer("Upsample"), conv(2, 1)),
)


@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_a_rows_field_is_where_the_gradient_is(number: int) -> None:
    project = row(image(1, 40, 40), *PLAIN[number])
    module = nn.Sequential(*modules(project))
    analysis = analyse(project)
    last = analysis.order[-1]
    _, height, width = analysis.nodes[last].outputs[0]
    for unit in ((height // 2, width // 2), (height // 2 + 2, width // 2)):
        assert told(analysis.receptive(last), unit) == seen(module, (1, 40, 40), unit)


def modules(project: Project) -> list[nn.Module]:
    """The layers of a row as torch makes them."""
    analysis = analyse(project)
    made: list[nn.Module] = []
    for name in analysis.order[1:]:
        content = project.network.nodes[name].content
        code = content.code(*analysis.nodes[name].inputs)  # type: ignore[union-attr]
        made.append(eval(code, {"nn": nn}))
    return made


class Residual(nn.Module):
    """A convolution around which its input goes, and a pooling of another path, put side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 2, 5, stride=2, padding=2)
        self.second = nn.Conv2d(2, 2, 3, padding=1)
        self.other = nn.Conv2d(1, 2, 1, stride=2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        first = self.first(inputs)
        return first + self.second(first) + self.other(inputs)


def test_a_joins_field_is_where_the_gradient_of_any_branch_is() -> None:
    project = row(image(1, 40, 40), conv(2, 5, stride=2, padding=2), conv(2, 3, padding=1))
    project = grow(project, conv(2, 1, stride=2), "input1")
    project = grow(project, layer("Add"), "conv1", "conv2", "conv3")
    field = analyse(project).receptive("add1")
    assert told(field, (9, 8)) == seen(Residual(), (1, 40, 40), (9, 8))


def test_pooled_maxima_are_chosen_among_all_that_is_told() -> None:
    project = row(image(1, 30, 30), conv(1, 3), pool(3, stride=2), conv(1, 3))
    field = analyse(project).receptive("conv2")
    assert field is not None and field.size == (9, 9) and field.stride == (2, 2)
    # A maximum passes its gradient to one place, so the means over the same windows tell.
    average = row(
        image(1, 30, 30), conv(1, 3), layer("AvgPool2d", kernel_size=3, stride=2), conv(1, 3)
    )
    module = nn.Sequential(*modules(average))
    assert told(field, (4, 5)) == seen(module, (1, 30, 30), (4, 5))
