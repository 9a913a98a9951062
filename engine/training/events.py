"""What a run tells about itself: one frozen value per event, one line of JSON each.

Losses are means over images of what the recipe makes small; accuracies are parts of 1, and of the
first Output, and are left out where the loss knows no right and wrong. Steps are counted from 1 over
the whole run, epochs likewise; an event of step 0 came before the first step.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, TypeAlias, cast


class EventError(ValueError):
    """A line that is no event, said in one sentence."""


def later(default: Any) -> Any:
    """A field that earlier versions did not write: its value where it is missing."""
    return field(default=default, metadata={"later": True})


@dataclass(frozen=True, slots=True)
class Preparing:
    """Before the first step: what is being done, and how far it is (0 to 1)."""

    message: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Started:
    """Everything is ready. `parameters` counts the numbers that learn; those of frozen nodes do not.

    `loss` is the loss with its unit, as on an axis; `accuracy` whether there will be accuracies;
    `remark` a sentence about image files that were left out or changed, empty where none was.
    `leaked` counts the validation images that are, to the last bit, among the training images too.
    `processes` train together, each with so many `threads`.
    """

    device: str
    threads: int
    epochs: int
    steps_per_epoch: int
    train_images: int
    validation_images: int
    parameters: int
    loss: str = later("cross-entropy (nats)")
    accuracy: bool = later(True)
    remark: str = later("")
    leaked: int = later(0)
    processes: int = later(1)


@dataclass(frozen=True, slots=True)
class Steps:
    """Loss and accuracy of each of the last `len(losses)` steps, the last of which is `step`.

    There are no accuracies where none is measured. The speed is that of these steps; `seconds_left`
    counts the run's remaining steps and validations. `rate` is the learning rate of the last step.
    """

    step: int
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    images_per_second: float
    seconds_left: float
    rate: float = later(0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What gradients, weights and activations are like after `step`: looked at now and then.

    `gradient_norm` is the L2 norm of all gradients, before they are clipped; `update_ratio` the L2 norm
    of what the step changed, by that of all weights; `memory` the bytes in use, of the card, or of the
    process on a processor. None stands for a number that is not finite.

    Then for each of `nodes` (one inside a block is `instance/node`), None where it has no such number:
    `gradients` and `weights` are root mean squares over its parameters' values; `updates` is as
    `update_ratio`; `dead` the part (0 to 1) of a ReLU's maps, or units, that are 0 all over for every
    image of a sample; `saturated` the part of a bounded activation's values within 1 % of its range
    from a bound, for that sample.
    """

    step: int
    gradient_norm: float | None
    update_ratio: float | None
    memory: int
    nodes: tuple[str, ...]
    gradients: tuple[float | None, ...]
    weights: tuple[float | None, ...]
    updates: tuple[float | None, ...]
    dead: tuple[float | None, ...]
    saturated: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch and its validation are over.

    Training figures are means over the epoch's steps, as the weights were then; validation figures
    are of the weights at its end, and None where no image is kept aside. Accuracies are None where
    none is measured; `val_top5` is the part of images whose class is among the five guessed first, and
    None where there are no more classes. The speed is that of the training steps alone.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    images_per_second: float
    seconds_left: float
    val_top5: float | None = later(None)


@dataclass(frozen=True, slots=True)
class SnapshotWritten:
    """`snapshot.safetensors` holds the weights after `step`."""

    step: int


@dataclass(frozen=True, slots=True)
class Paused:
    """No further step is taken after `step` until the run is resumed or stopped."""

    step: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """A paused run, or one that has ended, goes on after `step`."""

    step: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """One of several processes was lost after a `step` that is told no more; the run goes on from the
    checkpoint before it, as the sentence says.
    """

    step: int
    message: str


@dataclass(frozen=True, slots=True)
class Changed:
    """After `step` the plan is another: `epochs` in all, and `rate` as the highest learning rate."""

    step: int
    epochs: int
    rate: float


@dataclass(frozen=True, slots=True)
class CheckpointWritten:
    """The run can be taken up again, or forked, after `step`."""

    step: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The run was ended on request after `step`; its weights are written where it had begun."""

    step: int


@dataclass(frozen=True, slots=True)
class Finished:
    """All epochs are done and the weights written; figures of the test images where there are any.

    `reason` is the sentence that says why it ended before its last epoch, where it did.
    """

    test_loss: float | None = None
    test_accuracy: float | None = None
    reason: str = later("")


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended by an error: one sentence for people, and the details (a traceback) or nothing.

    Where numbers stopped being finite, at step `step`, `node` is the first at which they did.
    """

    message: str
    detail: str = ""
    node: str = later("")
    step: int = later(0)


Event: TypeAlias = (
    Preparing
    | Started
    | Steps
    | Measured
    | EpochEnded
    | SnapshotWritten
    | Paused
    | Resumed
    | Interrupted
    | Changed
    | CheckpointWritten
    | Stopped
    | Finished
    | Failed
)

KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Preparing,
        Started,
        Steps,
        Measured,
        EpochEnded,
        SnapshotWritten,
        Paused,
        Resumed,
        Interrupted,
        Changed,
        CheckpointWritten,
        Stopped,
        Finished,
        Failed,
    )
}


def encode(event: Event) -> str:
    """The event as one line of JSON, without the line's end; raises `ValueError` for NaN or infinity."""
    # Not `asdict`, which copies every number of a row: that took twice as long as all the rest.
    kind = type(event)
    told = {name: getattr(event, name) for name in _fields_of(kind)[0]}
    return _write({"event": kind.__name__, **told})


def decode(line: str) -> Event:
    """The event that `encode` wrote; raises `EventError` for anything else."""
    try:
        values: Any = json.loads(line, parse_constant=_refuse)
        kind = KINDS[values.pop("event")]
    except (ValueError, RecursionError) as error:
        raise EventError(f"An event is not a line of JSON: {error}.") from None
    except (AttributeError, KeyError, TypeError):
        raise EventError(f"An event is none of {', '.join(KINDS)}: {line[:80]!r}.") from None
    try:
        return kind(**typed(kind, values))
    except ValueError as error:
        raise EventError(f"The event {kind.__name__} {error}: {line[:80]!r}.") from None


def typed(kind: type[Any], values: Mapping[str, object]) -> dict[str, Any]:
    """The fields of dataclass `kind` from what JSON made of them, each of its declared type.

    Those that are `later` may be missing. Raises `ValueError` with the end of a sentence for any other
    missing, unknown or wrongly typed one.
    """
    types, needed = _fields_of(kind)
    wrong = sorted((needed - set(values)) | (set(values) - set(types)))
    if wrong:
        raise ValueError(f"lacks, or does not know, {', '.join(wrong)}")
    return {name: _READERS[types[name]](value) for name, value in values.items()}


@cache
def _fields_of(kind: type[Any]) -> tuple[dict[str, str], frozenset[str]]:
    """The fields of a dataclass and their types, and which of them may not be missing."""
    types = {item.name: str(item.type) for item in fields(kind)}
    needed = (item.name for item in fields(kind) if not item.metadata.get("later"))
    return types, frozenset(needed)


_write = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"holds {value!r} for a text")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"holds {value!r} for a whole number")


def _real(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError(f"holds {value!r} for a number")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"holds {value!r} for true or false")


def _row(value: object) -> list[object]:
    if isinstance(value, list):
        return value  # pyright: ignore[reportUnknownVariableType]
    raise ValueError(f"holds {value!r} for a row")


def _reals(value: object) -> tuple[float, ...]:
    row = _row(value)
    # Nearly always so, and four times as fast as one by one.
    if set(map(type, row)) == {float}:
        numbers = cast("list[float]", row)
        if all(map(math.isfinite, numbers)):
            return tuple(numbers)
    return tuple(map(_real, row))


def _whole_or_none(value: object) -> int | None:
    return None if value is None else _whole(value)


def _real_or_none(value: object) -> float | None:
    return None if value is None else _real(value)


_READERS: Mapping[str, Callable[[object], Any]] = {
    "str": _text,
    "bool": _flag,
    "int": _whole,
    "float": _real,
    "int | None": _whole_or_none,
    "float | None": _real_or_none,
    "tuple[float, ...]": _reals,
    "tuple[float | None, ...]": lambda value: tuple(_real_or_none(item) for item in _row(value)),
    "tuple[str, ...]": lambda value: tuple(_text(item) for item in _row(value)),
    "Status": _text,
}
