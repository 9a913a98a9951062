"""What the window and its workers say to each other.

A message is a frozen dataclass, whose fields have types that `engine.workers.wire` can write and read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.codegen.source import Place

Array: TypeAlias = NDArray[Any]


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
"""Every message by its name."""
