"""Text becomes a module, and only text that defines modules does."""

from __future__ import annotations

import traceback

import pytest
import torch

from engine.codegen import write
from engine.codegen.guard import GuardError
from engine.training.build import build
from tests.engine.training.drawing import small


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


def test_text_that_does_anything_else_is_not_run() -> None:
    with pytest.raises(GuardError):
        build("import os\nos.system('true')\n", "bad")
