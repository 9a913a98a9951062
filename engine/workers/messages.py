"""What the window and its workers say to each other, and how it is written as bytes.

A message is a frozen dataclass. On the wire: the length of a JSON header (4 bytes, big-endian), the
header, then the raw bytes of its arrays in the order in which the header names them. Nothing is
ever pickled: whatever arrives is checked against the fields' types, and anything else is a
`ProtocolError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import prod
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from engine.codegen.source import Place

Array: TypeAlias = NDArray[Any]

LIMIT = 512 * 2**20
"""Most bytes of one message."""
HEADER_LIMIT = 32 * 2**20
DTYPES = ("uint8", "float32", "int64")
MOST_AXES = 4


class ProtocolError(ValueError):
    """Bytes that are no message of ours, said in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """The base of every message. `number` ties an answer to its question; 0: to none."""

    number: int = 0


@dataclass(frozen=True)
class State(Message):
    """A worker to its clients: who it is, whether it can work at once, and the run it owns (a path or empty)."""

    pid: int
    ready: bool = False
    run: str = ""


@dataclass(frozen=True)
class Refused(Message):
    """A worker: it cannot do what was asked; one sentence that says what and how to mend it."""

    message: str


@dataclass(frozen=True)
class Ping(Message):
    """A client: are you there?"""


@dataclass(frozen=True)
class Pong(Message):
    """A worker: yes."""


@dataclass(frozen=True)
class Start(Message):
    """To the trainer: train the run in this directory, beginning with `checkpoint`, a folder of
    another run's, where it is not empty.
    """

    run: str
    checkpoint: str = ""


@dataclass(frozen=True)
class Pause(Message):
    """To the trainer: stop after this step and wait."""


@dataclass(frozen=True)
class Resume(Message):
    """To the trainer: go on."""


@dataclass(frozen=True)
class Stop(Message):
    """To the trainer: end the run after this step, keeping its weights."""


@dataclass(frozen=True)
class SetPlan(Message):
    """To the trainer: from the present step on train to `epochs` in all, with `rate` as the highest
    learning rate; 0 leaves as it is.
    """

    rate: float = 0.0
    epochs: int = 0


@dataclass(frozen=True)
class Keep(Message):
    """To the trainer: write a checkpoint now."""


@dataclass(frozen=True)
class Load(Message):
    """To the lab: hold the module of this source text.

    `places` says where its nodes are, `shape` is its input's (channels, height, width), `data` and
    `folder` choose the images, `weights` a safetensors file that is read again whenever it changes
    (empty: untrained, from `seed`).
    """

    source_text: str
    class_name: str
    places: Mapping[str, Place]
    shape: tuple[int, ...]
    data: str
    folder: str = ""
    weights: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Loaded(Message):
    """The lab: the module is there. `weights` as in `Observation`; `message` is a sentence where
    the weights asked for could not be had, and empty otherwise.
    """

    weights: str
    message: str = ""


@dataclass(frozen=True)
class Loading(Message):
    """The lab: what keeps it busy, and how far it is (0 to 1)."""

    message: str
    fraction: float = 0.0


@dataclass(frozen=True)
class Observe(Message):
    """To the lab: show image number `sample` to the module and tell what `node` puts out.

    `node` may be empty where only thumbnails are wanted. `viewer` names who asks: a newer question
    of one viewer takes the place of its older one that still waits.
    """

    sample: int
    node: str
    thumbnails: bool = False
    viewer: str = ""


def nothing() -> Array:
    """An array without values."""
    return np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Observation(Message):
    """The lab's answer to `Observe`.

    `activation` float32, (channels, height, width) or (features,), without values where no node was
    asked for; `image` uint8 (channels, height, width) as the network's input has it; `label` its
    class; `samples` how many images there are; `probabilities` float32 (classes,), without values
    where the network tells no classes apart;
    `thumbnails` by node, uint8 (up to 4 channels, height, width), each channel stretched from its
    least value (0) to its greatest (255), vectors as (1, 1, values); `weights` says which:
    "untrained", "step 120" or "final".
    """

    node: str
    sample: int
    samples: int
    activation: Array = field(default_factory=nothing)
    image: Array = field(default_factory=nothing)
    label: int = 0
    probabilities: Array = field(default_factory=nothing)
    thumbnails: Mapping[str, Array] = field(default_factory=dict[str, Array])
    weights: str = "untrained"
    viewer: str = ""


@dataclass(frozen=True)
class Examine(Message):
    """To the lab: read these images, tell what they are (`Gathered`), look through them (`Surveyed`).

    `shape` is that of the network's Input (channels, height, width), or nothing for the images' own;
    `validation` the share that is kept aside. `afresh`: what is at hand is read again. A newer one
    ends an older.
    """

    data: str
    folder: str
    shape: tuple[int, ...]
    validation: float
    afresh: bool = False


@dataclass(frozen=True)
class GiveUp(Message):
    """To the lab: end the reading of images and the looking through them, if they go on."""


@dataclass(frozen=True)
class Examining(Message):
    """The lab: how far it is with `Examine` (0 to 1)."""

    message: str
    fraction: float = 0.0


@dataclass(frozen=True)
class Unreadable(Message):
    """The lab's answer to `Examine`: the images cannot be had, in one sentence."""

    message: str


@dataclass(frozen=True, eq=False)
class Gathered(Message):
    """The lab's first answer to `Examine`: the images are at hand, at `shape`.

    `labels` and `test_labels` int64 (n,) are numbers of `classes`; `aside` int64 are the positions of the
    training images that are kept aside for validation. `remarks` are the first sentences about files that were left
    out or changed, of `remarked`.
    """

    shape: tuple[int, ...]
    classes: tuple[str, ...]
    labels: Array
    aside: Array
    test_labels: Array
    remarks: tuple[str, ...] = ()
    remarked: int = 0


@dataclass(frozen=True, eq=False)
class Surveyed(Message):
    """The lab's second answer to `Examine`, all int64; as in `engine.data.survey.Survey`."""

    balance: Array
    counts: Array
    leaks: Array
    test_leaks: Array
    disagreements: Array


@dataclass(frozen=True, eq=False)
class Glance(Message):
    """To the lab: show images of those that it has gathered for the `Examine` with the number `of`.

    `places` int64 (n,) are positions among the training images; behind their last the test images
    follow. Images of more than twice `edge` pixels a side are made smaller.
    `viewer` as in `Observe`.
    """

    of: int
    places: Array
    edge: int
    viewer: str = ""


@dataclass(frozen=True, eq=False)
class Glimpsed(Message):
    """The lab's answer to `Glance`: `images` uint8 (n, channels, height, width)."""

    of: int
    places: Array
    images: Array
    viewer: str = ""


@dataclass(frozen=True)
class Augment(Message):
    """To the lab: show training image number `sample` as it may be learned from, `draws` times.

    `project` is the text of a project's file, of which the data and the recipe count; `shape` is that of
    its Input (channels, height, width). No network has to be loaded. `viewer` as in `Observe`.
    """

    project: str
    shape: tuple[int, ...]
    sample: int
    draws: int = 7
    viewer: str = ""


@dataclass(frozen=True, eq=False)
class Augmented(Message):
    """The lab's answer to `Augment`.

    `image` uint8 (channels, height, width) as it is, `images` uint8 (draws, channels, height, width) as
    augmented; `samples` counts training images. `message` is a sentence where there are none, else empty.
    """

    sample: int
    samples: int = 0
    image: Array = field(default_factory=nothing)
    images: Array = field(default_factory=nothing)
    message: str = ""
    viewer: str = ""


Question: TypeAlias = Observe | Augment
"""What a viewer asks the lab."""

KINDS: dict[str, type[Message]] = {
    kind.__name__: kind
    for kind in (
        *(State, Refused, Ping, Pong, Start, Pause, Resume, Stop, SetPlan, Keep),
        *(Load, Loaded, Loading, Observe, Observation),
        *(Examine, GiveUp, Examining, Unreadable, Gathered, Surveyed, Glance, Glimpsed),
        *(Augment, Augmented),
    )
}


def encode(message: Message) -> bytes:
    """A message as bytes; raises `ProtocolError` for one that `decode` would refuse by its size."""
    arrays: list[Array] = []
    header: dict[str, object] = {"kind": type(message).__name__}
    for item in fields(message):
        header[item.name] = _plain(getattr(message, item.name), arrays)
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    size = 4 + len(text) + sum(array.nbytes for array in arrays)
    if len(text) > HEADER_LIMIT or size > LIMIT:
        raise ProtocolError(
            f"A {header['kind']} of {size:,} bytes exceeds the {LIMIT:,} of a message."
        )
    return b"".join([len(text).to_bytes(4, "big"), text, *(array.tobytes() for array in arrays)])


def decode(data: bytes) -> Message:
    """The message that `data` holds; raises `ProtocolError` for anything else. Arrays are views, read-only."""
    if not 4 <= len(data) <= LIMIT:
        raise ProtocolError(f"A message of {len(data):,} bytes is none.")
    length = int.from_bytes(data[:4], "big")
    if length > min(HEADER_LIMIT, len(data) - 4):
        raise ProtocolError(f"A header of {length:,} bytes does not fit its message.")
    try:
        header = json.loads(
            data[4 : 4 + length], object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"The header is no JSON: {error}.") from None
    if not isinstance(header, dict):
        raise ProtocolError("The header is no JSON object.")
    return _message(cast("dict[str, object]", header), _Body(data, 4 + length))


class _Body:
    """The arrays behind a header, read one after another."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._at = start

    def array(self, value: object) -> Array:
        if not (
            isinstance(value, dict) and set(cast("dict[str, object]", value)) == {"dtype", "shape"}
        ):
            raise ProtocolError("An array lacks its dtype or its shape.")
        entry = cast("dict[str, object]", value)
        dtype, shape = entry["dtype"], _integers(entry["shape"])
        if dtype not in DTYPES:
            raise ProtocolError(f"An array's dtype is {dtype!r}, not one of {', '.join(DTYPES)}.")
        if len(shape) > MOST_AXES or not all(0 <= size <= LIMIT for size in shape):
            raise ProtocolError(f"An array cannot have the shape {shape}.")
        kind = np.dtype(cast(str, dtype))
        count = prod(shape)
        if count * kind.itemsize > len(self._data) - self._at:
            raise ProtocolError(f"An array of shape {shape} reaches past the end of its message.")
        array = np.frombuffer(self._data, kind, count, self._at) if count else np.zeros(0, kind)
        self._at += count * kind.itemsize
        return array.reshape(shape)

    def finish(self) -> None:
        if self._at != len(self._data):
            raise ProtocolError(f"{len(self._data) - self._at:,} bytes follow the message.")


def _message(header: dict[str, object], body: _Body) -> Message:
    name = header.pop("kind", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError(f"There is no message {str(name)[:60]!r}.")
    values: dict[str, Any] = {}
    for item in fields(kind):
        if item.name not in header:
            raise ProtocolError(f"{name} lacks {item.name}.")
        try:
            values[item.name] = _READERS[str(item.type)](header.pop(item.name), body)
        except ProtocolError as error:
            raise ProtocolError(f"{name}.{item.name}: {error}") from None
    if header:
        raise ProtocolError(f"{name} has no {str(next(iter(header)))[:60]!r}.")
    body.finish()
    return kind(**values)


def _plain(value: object, arrays: list[Array]) -> object:
    if isinstance(value, np.ndarray):
        array = cast(Array, value)
        if array.dtype.name not in DTYPES or array.ndim > MOST_AXES:
            raise ProtocolError(f"Arrays of {array.dtype} with {array.ndim} axes are not sent.")
        arrays.append(array)
        return {"dtype": array.dtype.name, "shape": list(array.shape)}
    if isinstance(value, Place):
        return [value.module, value.variable, value.line, value.owner]
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {name: _plain(item, arrays) for name, item in items}
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _integer(value: object, body: _Body | None = None) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise ProtocolError(f"{str(value)[:60]} is no whole number.")


def _integers(value: object, body: _Body | None = None) -> tuple[int, ...]:
    if isinstance(value, list):
        return tuple(_integer(item) for item in cast("list[object]", value)[:17])
    raise ProtocolError(f"{str(value)[:60]} is no row of whole numbers.")


def _flag(value: object, body: _Body) -> bool:
    if isinstance(value, bool):
        return value
    raise ProtocolError(f"{str(value)[:60]} is neither true nor false.")


def _real(value: object, body: _Body) -> float:
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        number = float(value) if abs(value) < 1e300 else None
        if number is not None:
            return number
    raise ProtocolError(f"{str(value)[:60]} is no number.")


def _text(value: object, body: _Body | None = None) -> str:
    if isinstance(value, str):
        return value
    raise ProtocolError(f"{str(value)[:60]} is no text.")


def _texts(value: object, body: _Body) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_text(item) for item in cast("list[object]", value))
    raise ProtocolError(f"{str(value)[:60]} is no row of texts.")


def _places(value: object, body: _Body) -> dict[str, Place]:
    result: dict[str, Place] = {}
    for name, entry in _object(value).items():
        items = cast("list[object]", entry) if isinstance(entry, list) else []
        if len(items) != 4:
            raise ProtocolError("A place is a module, a variable, a line and its owner.")
        module, variable, line, owner = items
        result[name] = Place(_text(module), _text(variable), _integer(line), _text(owner))
    return result


def _arrays(value: object, body: _Body) -> dict[str, Array]:
    return {name: body.array(entry) for name, entry in _object(value).items()}


def _object(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise ProtocolError(f"{str(value)[:60]} is no object.")


_READERS: Mapping[str, Callable[[object, _Body], object]] = {
    "int": _integer,
    "bool": _flag,
    "float": _real,
    "str": _text,
    "tuple[int, ...]": _integers,
    "tuple[str, ...]": _texts,
    "Array": lambda value, body: body.array(value),
    "Mapping[str, Array]": _arrays,
    "Mapping[str, Place]": _places,
}
"""How each type of field is read; keyed by its annotation."""
