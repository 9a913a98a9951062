"""Every layer says of itself what torch does: shapes, tensors, cost, and what it refuses.

Examples run on the meta device and the CPU, drawn configurations on the CPU: its kernels are quicker
for small maps and refuse what the meta device lets through, a softmax along a missing axis for one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from math import prod

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.layers.base import Change, Indices, Insert, Layer, Remove, Shape, ShapeError
from engine.layers.catalogue import kinds
from tests.engine.layers.drawing import configurations

BATCH = 2
REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, NotImplementedError)

MAPS_ONLY = {kind for kind in kinds() if kind.endswith("2d")} | {"LocalResponseNorm", "Upsample"}


def _first(shapes: tuple[Shape, ...]) -> Shape:
    return shapes[0]


def _single_share(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    dim = layer.values["dim"]
    return isinstance(dim, int) and _first(shapes)[dim - 1 : dim] == (1,)


def _beyond(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    axes = layer.values["axes"]
    return isinstance(axes, int) and axes > len(_first(shapes))


def _single_norm(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    axes = layer.values["axes"]
    return prod(_first(shapes)[-axes:] if isinstance(axes, int) else _first(shapes)) == 1


def _single_group(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    return prod(_first(shapes)) == layer.values["num_groups"]


def _all_cut(layer: Layer, shape: Shape) -> bool:
    cut = {name: min(0, int(str(value))) for name, value in layer.values.items()}
    return shape[1] + cut["top"] + cut["bottom"] < 1 or shape[2] + cut["left"] + cut["right"] < 1


def _target_size(layer: Layer) -> int:
    target = layer.values["shape"]
    assert isinstance(target, tuple)
    return prod(target)


def _reads_padding_alone(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    """Whether max pooling over zeros gives -inf somewhere."""
    module = eval(layer.code(*shapes), {"nn": nn})
    output = module(torch.zeros(1, *_first(shapes)))
    pooled = output[0] if isinstance(output, tuple) else output
    return bool(torch.isinf(pooled).any())


SENSELESS: dict[str, tuple[set[str], Callable[[Layer, tuple[Shape, ...]], bool]]] = {
    "torch takes a batch of two-axis samples for one image without a batch": (
        MAPS_ONLY,
        lambda layer, shapes: len(_first(shapes)) != 3,
    ),
    "torch applies Linear to the last axis, which is no vector of features": (
        {"Linear"},
        lambda layer, shapes: len(_first(shapes)) != 1,
    ),
    "the share of a single value is always 1": ({"Softmax", "LogSoftmax"}, _single_share),
    "a single value that is normalised is always 0": ({"LayerNorm"}, _single_norm),
    "a group of a single value is always 0": ({"GroupNorm"}, _single_group),
    "a merge of one input does nothing": (
        {"Add", "Multiply", "Concat"},
        lambda layer, shapes: len(shapes) < 2,
    ),
    "torch aligns the last axes, so a vector's batch would meet a map's height": (
        {"Add", "Multiply"},
        lambda layer, shapes: len({len(shape) for shape in shapes}) > 1,
    ),
    "the maximum of a window of padding alone is -inf": ({"MaxPool2d"}, _reads_padding_alone),
    "torch would move values from one sample to another": (
        {"Reshape"},
        lambda layer, shapes: prod(_first(shapes)) != _target_size(layer),
    ),
    "nothing of the image would be left between the zeros": (
        {"ZeroPad2d"},
        lambda layer, shapes: _all_cut(layer, _first(shapes)),
    ),
    "a sample has fewer axes than are to be normalised": (
        {"LayerNorm"},
        _beyond,
    ),
    "any whole numbers pass for indices in torch": (
        {"MaxUnpool2d"},
        lambda layer, shapes: not isinstance(shapes[1], Indices),
    ),
}
"""What torch accepts and a layer refuses on purpose: why, which kinds, and when."""


def reason(layer: Layer, shapes: tuple[Shape, ...]) -> str | None:
    """Why this is refused though torch accepts it; None where it has no right to be."""
    for why, (which, holds) in SENSELESS.items():
        if layer.kind() in which and holds(layer, shapes):
            return why
    return None


@pytest.fixture(scope="module")
def counter() -> Iterator[FlopCounterMode]:
    """A counter of operations, entered once, as entering is slow."""
    with FlopCounterMode(display=False) as mode:
        yield mode


def build(layer: Layer, shapes: tuple[Shape, ...]) -> nn.Module | None:
    """The module from the layer's own code, in training; None where it has none."""
    code = layer.code(*shapes)
    if not code:
        return None
    names: dict[str, object] = {"nn": nn, "torch": torch}
    if layer.definition:
        exec(layer.definition, names)
    return eval(code, names)


def apply(
    layer: Layer, module: nn.Module | None, shapes: tuple[Shape, ...], device: str
) -> tuple[torch.Tensor, ...]:
    """The module's outputs for a batch, by the layer's own call."""
    names: dict[str, object] = {"module": module, "torch": torch}
    for number, shape in enumerate(shapes):
        dtype = torch.int64 if isinstance(shape, Indices) else torch.float32
        names[f"x{number}"] = torch.zeros((BATCH, *shape), dtype=dtype, device=device)
    inputs = [f"x{number}" for number in range(len(shapes))]
    result = eval(layer.call("module" if module else "", inputs, shapes), names)
    return result if isinstance(result, tuple) else (result,)


def check_agreement(
    layer: Layer, shapes: tuple[Shape, ...], counter: FlopCounterMode, device: str = "cpu"
) -> bool:
    """Assert that layer and torch agree on everything; whether they accept."""
    try:
        outputs = layer.outputs(*shapes)
    except ShapeError as refusal:
        check_sentence(refusal)
        check_repairs(layer, shapes, refusal)
        check_refused(layer, shapes)
        return False
    with torch.device(device) if device != "cpu" else nullcontext():
        module = build(layer, shapes)
    counter.flop_counts.clear()
    results = apply(layer, module, shapes, device)
    assert [tuple(result.shape[1:]) for result in results] == [tuple(out) for out in outputs]
    assert all(result.shape[0] == BATCH for result in results)
    assert len(outputs) == max(1, len(layer.output_ports()))
    assert counter.get_total_flops() == 2 * BATCH * layer.macs(*shapes)
    check_tensors(layer, shapes, module)
    layer.receptive(*shapes)
    layer.caption()
    assert all(line.label and line.text for line in layer.formula(*shapes))
    return True


def check_tensors(layer: Layer, shapes: tuple[Shape, ...], module: nn.Module | None) -> None:
    """Assert that names, shapes, order and learnability are those of the module."""
    state = module.state_dict() if module else {}
    learnable = {name for name, _ in module.named_parameters()} if module else set[str]()
    declared = layer.tensors(*shapes)
    assert [(name, tensor.shape, tensor.learnable) for name, tensor in declared.items()] == [
        (name, tuple(tensor.shape), name in learnable) for name, tensor in state.items()
    ]


def check_refused(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    """Assert that torch refuses this too, or that it is on the list of what makes no sense."""
    try:
        results = apply(layer, build(layer, shapes), shapes, "cpu")
    except REFUSALS:
        return
    empty = any(0 in result.shape for result in results)
    assert empty or reason(layer, shapes), f"torch accepts {layer} with {shapes}"


def check_sentence(refusal: ShapeError) -> None:
    """Assert that the refusal reads as one sentence with a hint."""
    assert refusal.message and refusal.hint
    assert not refusal.message[0].isupper()
    assert not refusal.message.endswith(".") and not refusal.hint.endswith(".")


def check_repairs(layer: Layer, shapes: tuple[Shape, ...], refusal: ShapeError) -> None:
    """Assert that each repair is possible and that this very complaint is gone after it."""
    for repair in refusal.repairs:
        mended, inputs = layer, shapes
        match repair:
            case Change(_, values):
                mended = layer.changed(**dict(values))
                assert mended != layer
            case Insert(_, kind, values):
                inserted = kinds()[kind]().changed(**dict(values))
                port = refusal.port
                inputs = (*shapes[:port], *inserted.outputs(shapes[port]), *shapes[port + 1 :])
            case Remove():
                continue
        try:
            mended.outputs(*inputs)
        except ShapeError as next_refusal:
            assert next_refusal.message != refusal.message, repair


@pytest.mark.parametrize("kind", kinds())
def test_every_example_is_what_torch_builds(kind: str, counter: FlopCounterMode) -> None:
    for example in kinds()[kind].examples():
        if example.layer.ports_in:
            assert check_agreement(example.layer, example.shapes, counter)
            # A mean over all batches divides by their number, which the meta device has not.
            if example.layer.values.get("momentum", 0.1) is not None:
                assert check_agreement(example.layer, example.shapes, counter, "meta")
        else:
            assert example.layer.outputs()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", [kind for kind, layer in kinds().items() if layer.ports_in])
def test_drawn_configurations_agree_with_torch(
    kind: str, counter: FlopCounterMode, request: pytest.FixtureRequest
) -> None:
    budget = 10_000 if request.config.getoption("--thorough") else 300
    accepted = 0

    @settings(
        max_examples=budget,
        deadline=None,
        database=None,
        derandomize=budget < 10_000,
        suppress_health_check=list(HealthCheck),
    )
    @given(configurations(kinds()[kind]))
    def agree(configuration: tuple[Layer, tuple[Shape, ...]]) -> None:
        nonlocal accepted
        accepted += check_agreement(*configuration, counter)

    with warnings.catch_warnings():
        # torch warns of an extra copy where 'same' padding is uneven.
        warnings.simplefilter("ignore")
        agree()
    assert accepted >= budget // 5, "too few of the drawn configurations were valid"
