"""What every layer is: a frozen declaration with its shape rule, tensors, cost, window and code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar, NamedTuple, TypeAlias

from engine.fields import Declaration, Value

Shape: TypeAlias = tuple[int, ...]
"""One sample's shape, without the batch: (channels, height, width) for maps, (features,) for vectors."""


LARGEST = 10**12
"""The most numbers that one tensor may hold; far above any machine, far below 2^63."""


@dataclass(frozen=True, slots=True)
class Change:
    """A repair: give parameters of this node other values."""

    label: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """A repair: put a new layer of `kind` on the offending input of this node."""

    label: str
    kind: str
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Remove:
    """A repair: take this node out and join its neighbours."""

    label: str


Repair: TypeAlias = Change | Insert | Remove


class ShapeError(ValueError):
    """What a layer cannot do with the shapes it is given.

    `parameter` is the field to look at (empty: the input itself), `message` says which two values
    disagree, as the end of a sentence that begins with the node's name, `hint` how to mend it,
    `repairs` the same as actions, `port` the number of the offending input.
    """

    def __init__(
        self,
        parameter: str,
        message: str,
        hint: str,
        repairs: Sequence[Repair] = (),
        port: int = 0,
    ) -> None:
        super().__init__(f"{message}; {hint}.")
        self.parameter = parameter
        self.message = message
        self.hint = hint
        self.repairs = tuple(repairs)
        self.port = port


class Tensor(NamedTuple):
    """A named tensor of a layer: its shape, and whether training changes it (else it is a buffer)."""

    shape: Shape
    learnable: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds; 1 for a scalar."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Window:
    """The input positions that one output position reads, along one axis.

    Output o reads the inputs from `o * stride + start` to `o * stride + start + size - 1`.
    `size` is the dilated kernel, `start` is minus the padding; a fractional stride belongs to
    transposed convolution and upsampling. (Araujo, Norris, Sim: Computing Receptive Fields of
    Convolutional Neural Networks, Distill 2019.) With a fractional stride `o * stride + start` is
    rounded up, and near a border fewer positions may be read. A stride of 0 says that every output
    reads the same. Positions outside the map are padding.
    """

    size: int = 1
    stride: float = 1
    start: float = 0


ELEMENTWISE = (Window(), Window())


class Indices(tuple[int, ...]):
    """The shape of max-pooling indices, the `plane` (height, width) that they point into, and the
    pooling's `windows`, where known.
    """

    plane: tuple[int, int]
    windows: tuple[Window, Window] | None

    def __new__(
        cls,
        shape: Shape,
        plane: tuple[int, int],
        windows: tuple[Window, Window] | None = None,
    ) -> Indices:
        self = super().__new__(cls, shape)
        self.plane = plane
        self.windows = windows
        return self

    def _key(self) -> tuple[object, ...]:
        return tuple(self), self.plane, self.windows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Indices) and self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True, slots=True)
class Line:
    """A line of arithmetic with the user's own numbers: `Height`, `⌊(32 + 2·0 − 5) / 1⌋ + 1 = 28`."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A layer with input shapes that it accepts; the contract test builds every one."""

    layer: Layer
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A palette entry that is a layer with certain values: `Conv 1 x 1`."""

    label: str
    purpose: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Layer(Declaration):
    """The base of every layer. Shapes are those of one sample.

    A subclass declares its fields and its rule `output`, and overrides of the rest what is not as
    below. Others ask `outputs`, which also checks what holds for every layer. A subclass without
    fields of its own is a frozen dataclass by inheritance and needs no decorator.
    """

    family: ClassVar[str] = ""
    """convolution, pooling, activation, dense, normalization, shape, merge or io."""
    label: ClassVar[str] = ""
    """The name shown to people where it differs from the kind."""
    reference: ClassVar[str] = ""
    """Where the layer is defined: the PyTorch page, or paper and section."""
    presets: ClassVar[tuple[Preset, ...]] = ()
    ports_in: ClassVar[tuple[str, ...]] = ("input",)
    """Names of the inputs. With `variadic` the last may be linked any number of times."""
    ports_out: ClassVar[tuple[str, ...]] = ("output",)
    variadic: ClassVar[bool] = False
    place: ClassVar[int] = 9
    """Where it stands in its family's palette: by `place`, then by kind."""
    definition: ClassVar[str] = ""
    """Source of a helper class that `code` refers to, where torch has no such module."""

    def output_ports(self) -> tuple[str, ...]:
        """Names of the outputs with the present parameters."""
        return self.ports_out

    def output(self, *shapes: Shape) -> Shape:
        """The layer's own rule: the output's shape, from the shape of each input; raises `ShapeError`."""
        raise NotImplementedError(type(self))

    def outputs(self, *shapes: Shape) -> tuple[Shape, ...]:
        """The shape of each output; raises `ShapeError`.

        Beyond the layer's own rule: indices of a pooling are no values to compute with, and neither
        the output nor a tensor of the layer may hold more than `LARGEST` numbers.
        """
        for port, shape in enumerate(shapes):
            if isinstance(shape, Indices) and "indices" not in self.ports_in[port : port + 1]:
                raise ShapeError(
                    "",
                    "gets the indices of a max pooling, which are positions and not values",
                    "link it to the pooling's other output, and the indices to a MaxUnpool2d",
                    port=port,
                )
        output = self.output(*shapes)
        refuse_absurd("an output", output)
        for name, tensor in self.tensors(*shapes).items():
            refuse_absurd(f"a {name}", tensor.shape)
        return (output,)

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        """Every learnable tensor and buffer by its name in the `state_dict`, in its order there."""
        return {}

    def macs(self, *shapes: Shape) -> int:
        """Multiply-accumulate operations for one sample, counted where torch's FlopCounterMode counts."""
        return 0

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        """What one output reads along height and width; None: the whole of every map."""
        return ELEMENTWISE

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        """The arithmetic of shape and parameter count, with these numbers in it."""
        return ()

    def caption(self) -> str:
        """The parameters that matter, short, for the node: `5 x 5 · 6 maps · stride 1`."""
        return ""

    def code(self, *shapes: Shape) -> str:
        """The expression that makes the module (`nn.ReLU()`); empty where `call` needs none."""
        return ""

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        """The expression that applies it to variables; `module` is `self.name` or empty."""
        return f"{module}({', '.join(inputs)})"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Layers and input shapes for the contract test and the help page."""
        return ()


def refuse_absurd(what: str, shape: Shape) -> None:
    """Raise `ShapeError` for a tensor of more than `LARGEST` numbers."""
    if prod(shape) > LARGEST:
        raise ShapeError(
            "",
            f"would need {what} of {times(*shape)} = {prod(shape):,} numbers, "
            f"more than the {LARGEST:,} that are allowed",
            "make its parameters or its input smaller",
        )


def parameters(tensors: dict[str, Tensor]) -> int:
    """How many learnable numbers there are in all."""
    return sum(tensor.size for tensor in tensors.values() if tensor.learnable)


def times(*sizes: int) -> str:
    """A shape as people read it: `6 x 28 x 28` written with multiplication signs and no spaces."""
    return "×".join(f"{size}" for size in sizes)
