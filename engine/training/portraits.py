"""Pictures of a module under training, for TensorBoard: histograms, filters, feature maps, its graph."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from engine.training.eventfile import EventFile, GraphNode
from engine.training.rundir import RunDirectory
from engine.training.setup import Setup

_SAMPLE = 4096
"""Values of a tensor that a histogram counts, evenly spread over it."""
_IMAGES = 16
_TILES = 64
"""Filters and feature maps that are shown, at most."""
_SIDE = 48
"""Pixels that the longer side of a tile has at least."""


class Portraits:
    """Draws what the module is like after a step. Training goes on as if nobody had looked."""

    def __init__(self, run: RunDirectory, setup: Setup, file: EventFile, *, fresh: bool) -> None:
        """The graph and the training images are drawn if `fresh`."""
        self._run = run
        self._setup = setup
        self._file = file
        self._fresh = fresh
        self._step = -1
        parts: dict[str, nn.Module] = dict(cast(Any, setup.module).named_modules())
        convolutions = (item for item in parts.items() if isinstance(item[1], nn.Conv2d))
        self._first = cast("tuple[str, nn.Conv2d] | None", next(convolutions, None))

    @torch.no_grad()
    def draw(self, step: int) -> None:
        """Draw all of it, unless it was drawn after this step. Raises `OSError`."""
        if step == self._step:
            return
        self._step = step
        if self._fresh:
            self._fresh = False
            self._show_training()
            self._show_graph()
        for name, parameter in self._setup.module.named_parameters():
            self._histogram(f"weights/{name}", parameter.detach(), step)
            if parameter.grad is not None:
                self._histogram(f"gradients/{name}", parameter.grad, step)
        if self._first is not None:
            self._look_through(*self._first, step)

    def _show_training(self) -> None:
        pixels, _ = self._setup.training.first(_IMAGES)
        if pixels.shape[-1] in (1, 3):
            self._image("training images", pixels.cpu().numpy(), 0)

    def _show_graph(self) -> None:
        try:
            graph = graph_of(self._setup.module)
        except Exception as error:  # Whatever a module does that cannot be traced.
            self._run.log(f"TensorBoard is shown no graph: {type(error).__name__}: {error}")
            return
        self._file.graph(graph)

    def _look_through(self, name: str, layer: nn.Conv2d, step: int) -> None:
        """The filters of a convolution, and what they make of the first training image."""
        filters = layer.weight.detach().float().cpu()
        # Three channels are taken for red, green and blue; of others each is a picture of its own.
        if filters.shape[1] != 3:
            filters = filters.reshape(-1, 1, *filters.shape[2:])
        shown = filters[:_TILES].permute(0, 2, 3, 1).numpy()
        self._image(f"filters/{name}", _as_bytes(shown), step)
        maps = self._maps(layer)
        if maps is not None:
            self._image(f"feature maps/{name}", _as_bytes(maps), step)

    def _maps(self, layer: nn.Conv2d) -> NDArray[np.float32] | None:
        """The output of a layer for the first training image, (channels, height, width, 1)."""
        setup = self._setup
        caught: list[Tensor] = []

        def catch(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            caught.append(output.detach().float().cpu())

        pixels, _ = setup.training.first(1)
        handle: Any = layer.register_forward_hook(catch)
        setup.module.eval()
        try:
            setup.module(setup.normalizer(pixels).to(layer.weight.device))
        finally:
            handle.remove()
            setup.module.train()
            setup.frozen.hold()
        return caught[0][0, :_TILES, :, :, None].numpy() if caught else None

    def _image(self, tag: str, tiles: NDArray[np.uint8], step: int) -> None:
        self._file.image(tag, _sheet(tiles), step)

    def _histogram(self, tag: str, tensor: Tensor, step: int) -> None:
        values = _sampled(tensor)
        if len(values) and np.isfinite(values).all():
            self._file.histogram(tag, values, step)


def _sampled(tensor: Tensor) -> NDArray[np.float64]:
    """Some values of a tensor, by no chance, so that training draws the same numbers as without."""
    # As convolutions lie in memory, so that nothing is copied.
    flat = (tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor).reshape(-1)
    # An odd distance passes through every channel of the usual even numbers of them.
    stride = -(-flat.numel() // _SAMPLE) | 1
    return flat[::stride].to("cpu", torch.float64).numpy()


def _as_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values scaled so that the least is black and the greatest white."""
    least, span = float(values.min()), float(np.ptp(values))
    if not np.isfinite(span):
        return np.zeros(values.shape, np.uint8)
    return np.round((values - least) * (255 / span if span else 0)).astype(np.uint8)


def _sheet(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures (n, height, width, channels) as one, in rows, small ones enlarged, with a line between."""
    times = max(1, -(-_SIDE // max(tiles.shape[1:3])))
    tiles = tiles.repeat(times, axis=1).repeat(times, axis=2)
    count, height, width, channels = tiles.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    sheet = np.full((rows * (height + 1), columns * (width + 1), channels), 128, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * (height + 1), number % columns * (width + 1)
        sheet[top : top + height, left : left + width] = tile
    return sheet[:-1, :-1]


def graph_of(module: nn.Module) -> list[GraphNode]:
    """The module as TensorBoard draws graphs: a node per operation, in boxes as modules contain them."""
    names: dict[fx.Node, str] = {}
    taken: set[str] = set()
    nodes: list[GraphNode] = []
    for node in fx.symbolic_trace(module).graph.nodes:
        names[node] = name = _unique(_name(node), taken)
        taken.add(name)
        inputs = tuple(names[item] for item in node.all_input_nodes)
        nodes.append(GraphNode(name, _operation(module, node), inputs))
    return nodes


def _name(node: fx.Node) -> str:
    if node.op in ("call_module", "get_attr"):
        return str(node.target).replace(".", "/")
    stack = cast("dict[str, object]", node.meta.get("nn_module_stack") or {})
    scope = next(reversed(stack), "") if stack else ""
    return f"{scope}.{node.name}".lstrip(".").replace(".", "/")


def _unique(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free


def _operation(module: nn.Module, node: fx.Node) -> str:
    if node.op == "call_module":
        return type(module.get_submodule(str(node.target))).__name__
    if node.op in ("placeholder", "output"):
        return {"placeholder": "Input", "output": "Output"}[node.op]
    return str(getattr(node.target, "__name__", node.target))
