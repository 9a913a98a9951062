"""Activations: for every node, what it puts out in evaluation mode, and nothing is changed by asking."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.codegen.source import Place
from engine.interop.recorder import ActivationError, Recorder

TEXT = '''
import torch
from torch import nn
from torch.nn import functional


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A residual."""
        conv = self.conv(x)
        total = conv + x
        return total


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.blocks = nn.Sequential(Inner(), Inner())
        self.drop = nn.Dropout(0.5)
        self.dense = nn.Linear(36, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Residuals over pooled maps."""
        first = self.features(x)
        pooled, indices = self.pool(first)
        deep = self.blocks(pooled)
        twice = deep + pooled
        both = torch.cat([twice, pooled], dim=1)
        both.mul_(2.0)
        flat = twice.flatten(1)
        dropped = self.drop(flat)
        return self.dense(dropped)
'''


def line(text: str) -> int:
    return next(n for n, item in enumerate(TEXT.split("\n"), 1) if text in item)


PLACES = {
    "image": Place("", "x", line('"""Residuals') - 1),
    "conv1": Place("features.0", "", line("self.features = ")),
    "norm1": Place("features.1", "", line("self.features = ")),
    "relu1": Place("features.2", "first", line("first = ")),
    "pool1": Place("pool", "pooled", line("pooled, indices")),
    "stage": Place("blocks", "deep", line("deep = ")),
    "stage/conv": Place("", "conv", line("conv = self.conv(x)"), "blocks.0"),
    "stage/add": Place("", "total", line("total = "), "blocks.0"),
    "add": Place("", "twice", line("twice = ")),
    "concat": Place("", "both", line("both = ")),
    "flatten": Place("", "flat", line("flat = ")),
    "dropout": Place("drop", "dropped", line("dropped = ")),
    "dense": Place("dense", "", line("return self.dense")),
    "output": Place("", "", line("return self.dense")),
}


def net() -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(TEXT, "<net>", "exec"), namespace)
    torch.manual_seed(3)
    module = namespace["Net"]()
    module.train()
    with torch.no_grad():
        for _ in range(3):
            module(torch.randn(8, 1, 8, 8))
    return module


def by_hand(module: Any, x: Tensor) -> dict[str, Tensor]:
    """Every node's output, written out without the module's own forward."""
    outputs = {"image": x}
    conv, norm = module.features[0], module.features[1]
    outputs["conv1"] = functional.conv2d(x, conv.weight, conv.bias)
    outputs["norm1"] = functional.batch_norm(
        outputs["conv1"], norm.running_mean, norm.running_var, norm.weight, norm.bias
    )
    outputs["relu1"] = outputs["norm1"].clamp(min=0)
    outputs["pool1"] = pooled = functional.max_pool2d(outputs["relu1"], 2)
    deep = pooled
    for block in module.blocks:
        inner = functional.conv2d(deep, block.conv.weight, block.conv.bias, padding=1)
        # A node inside a repeated block stands for the first application.
        outputs.setdefault("stage/conv", inner)
        outputs.setdefault("stage/add", inner + deep)
        deep = inner + deep
    outputs["stage"] = deep
    outputs["add"] = deep + pooled
    outputs["concat"] = torch.cat([outputs["add"], pooled], 1)
    outputs["flatten"] = outputs["dropout"] = outputs["add"].flatten(1)
    outputs["dense"] = functional.linear(outputs["flatten"], module.dense.weight, module.dense.bias)
    outputs["output"] = outputs["dense"]
    return outputs


@pytest.fixture
def module() -> nn.Module:
    return net()


@pytest.mark.parametrize("node", PLACES)
def test_every_node_tells_what_a_hand_computation_finds(module: nn.Module, node: str) -> None:
    images = torch.randn(1, 1, 8, 8)
    with torch.no_grad():
        expected = by_hand(module, images)[node]
    found = Recorder(module, TEXT, PLACES).activations(images, [node])[node]
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_all_nodes_can_be_asked_at_once_for_many_images(module: nn.Module) -> None:
    images = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        expected = by_hand(module, images)
    recorder = Recorder(module, TEXT, PLACES)
    assert set(recorder.nodes) == set(PLACES)
    found = recorder.activations(images, recorder.nodes)
    assert set(found) == set(expected)
    for node, output in expected.items():
        torch.testing.assert_close(found[node], output, rtol=1e-5, atol=1e-6)


def test_a_value_that_a_later_line_changes_in_place_is_told_as_it_was(module: nn.Module) -> None:
    images = torch.randn(1, 1, 8, 8)
    recorder = Recorder(module, TEXT, PLACES)
    found = recorder.activations(images, ["norm1", "concat", "add"])
    assert (found["norm1"] < 0).any()
    torch.testing.assert_close(found["concat"][:, :4], found["add"])


def test_asking_leaves_weights_statistics_and_mode_as_they_were(module: nn.Module) -> None:
    recorder = Recorder(module, TEXT, PLACES)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    recorder.activations(torch.randn(4, 1, 8, 8), recorder.nodes)
    assert module.training
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_each_application_of_a_repeated_block_is_heard_in_its_turn(module: nn.Module) -> None:
    images = torch.randn(2, 1, 8, 8)
    again = [("stage/add", Place("", "total", line("total = "), "blocks.1"))]
    recorder = Recorder(module, TEXT, PLACES, again)
    heard: list[tuple[str, Tensor]] = []
    recorder.run(images, ["stage/add", "stage"], lambda *told: heard.append(told))
    assert [name for name, _ in heard] == ["stage/add", "stage/add", "stage"]
    assert not torch.equal(heard[0][1], heard[1][1])
    assert torch.equal(heard[1][1], heard[2][1])


def test_listening_does_not_change_the_result_by_a_bit(module: nn.Module) -> None:
    images = torch.randn(4, 1, 8, 8)
    module.eval()
    with torch.inference_mode():
        expected = module(images)
    recorder = Recorder(module, TEXT, PLACES)
    heard: dict[str, Tensor] = {}
    assert torch.equal(recorder.run(images, recorder.nodes, heard.__setitem__), expected)
    assert torch.equal(recorder.run(images, (), heard.__setitem__), expected)
    with torch.inference_mode():
        assert torch.equal(module(images), expected)


def test_only_what_is_asked_for_is_told(module: nn.Module) -> None:
    heard: list[str] = []
    recorder = Recorder(module, TEXT, PLACES)
    recorder.run(torch.randn(1, 1, 8, 8), ["add"], lambda node, output: heard.append(node))
    assert heard == ["add"]


def test_a_node_that_is_not_there_is_named(module: nn.Module) -> None:
    recorder = Recorder(module, TEXT, PLACES)
    with pytest.raises(ActivationError, match="conv9 puts nothing out"):
        recorder.activations(torch.randn(1, 1, 8, 8), ["conv9"])


def test_an_error_in_forward_leaves_the_recorder_usable(module: nn.Module) -> None:
    recorder = Recorder(module, TEXT, PLACES)
    with pytest.raises(RuntimeError):
        recorder.activations(torch.randn(1, 3, 8, 8), ["add"])
    assert module.training
    assert set(recorder.activations(torch.randn(1, 1, 8, 8), ["add"])) == {"add"}
