"""Text becomes a module, and only text that defines modules does."""

from __future__ import annotations

import traceback

import pytest
import torch

from engine.codegen import write
from engine.codegen.guard import GuardError
from engine.layers.catalogue import layer
from engine.network import edits
from engine.training.build import build
from tests.engine.training.drawing import SMALL, chain, small


def test_the_text_of_a_network_becomes_its_module() -> None:
    module = build(write(small()).text, "Small")
    assert module(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_a_traceback_shows_the_lines_of_the_text() -> None:
    module = build(write(small()).text, "Small")
    with pytest.raises(RuntimeError) as caught:
        module(torch.zeros(2, 3, 8, 8))
    shown = "".join(traceback.format_exception(caught.value))
    assert "<convoscope Small" in shown
    assert "conv2d1" in shown or "self." in shown


def test_groups_of_what_wants_no_gradient_are_normalised_and_learn() -> None:
    project = chain(SMALL[0], layer("GroupNorm", num_groups=1), *SMALL[1:])
    module = build(write(project).text, "Small")
    images = torch.rand(4, 1, 8, 8).expand(4, 1, 8, 8).to(memory_format=torch.channels_last)
    module(images).square().sum().backward()
    norm = next(item for item in module.modules() if isinstance(item, torch.nn.GroupNorm))
    assert norm.weight.grad is not None and bool(norm.weight.grad.any()) and images.grad is None
    with torch.no_grad():
        assert not module(images).requires_grad


def test_groups_behind_a_frozen_convolution_learn_where_channels_lie_last() -> None:
    layers = (*SMALL[:2], layer("GroupNorm", num_groups=2), *SMALL[2:])
    project = edits.set_frozen(chain(*layers), ["conv2d1"], True)
    module = build(write(project).text, "Small").to(memory_format=torch.channels_last)
    frozen, norm = (
        next(item for item in module.modules() if isinstance(item, kind))
        for kind in (torch.nn.Conv2d, torch.nn.GroupNorm)
    )
    frozen.requires_grad_(False)
    module(torch.rand(4, 1, 8, 8)).square().sum().backward()
    assert norm.weight.grad is not None and bool(norm.weight.grad.any())


def test_text_that_does_anything_else_is_not_run() -> None:
    with pytest.raises(GuardError):
        build("import os\nos.system('true')\n", "bad")
