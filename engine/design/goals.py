"""What a person wants of the selected nodes, and how far a network is from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from engine.layers.base import Shape, times
from engine.layers.shapes import describe

Size: TypeAlias = tuple[int, int]
"""(height, width) in pixels."""
Counted: TypeAlias = Literal["selection", "network"]


class GoalError(ValueError):
    """A wish that cannot be asked, in one sentence."""


@dataclass(frozen=True)
class Goal:
    """Wishes; None is no wish.

    `size` is (height, width) of the selection's output in pixels, or `same` for the size that goes
    into it. `receptive_at_least` is in pixels of the image, along both axes, at the selection's
    output. `parameters_at_most` and `macs_at_most` (for one image) are those of the selected nodes,
    or with `counted` of the whole network.
    """

    size: Size | Literal["same"] | None = None
    receptive_at_least: int | None = None
    parameters_at_most: int | None = None
    macs_at_most: int | None = None
    counted: Counted = "selection"

    @property
    def empty(self) -> bool:
        """Whether nothing is wished for."""
        wishes = (self.size, self.receptive_at_least, self.parameters_at_most, self.macs_at_most)
        return all(wish is None for wish in wishes)


class Measured(NamedTuple):
    """What of a network a goal is about: the shape at each end of the selection, the receptive field
    there (height, width; None where unknown), and what is counted.
    """

    shapes: tuple[Shape, ...]
    fields: tuple[Size | None, ...]
    parameters: int
    macs: int


class Wish(NamedTuple):
    """One wish of a goal: what it is about, and what is wanted; a size for each end of the selection."""

    what: Literal["size", "receptive", "parameters", "macs"]
    wanted: int | tuple[Size, ...]

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes wanted at the ends; none where it is about something else."""
        return self.wanted if isinstance(self.wanted, tuple) else ()

    def miss(self, measured: Measured) -> float:
        """How far it is from being met, relative to what is wanted; 0 where it is met."""
        if isinstance(self.wanted, tuple):
            pairs = zip(measured.shapes, self.wanted, strict=True)
            return sum(_off(shape, size) for shape, size in pairs)
        if self.what == "receptive":
            return sum(_short(field, self.wanted) for field in measured.fields)
        had = measured.parameters if self.what == "parameters" else measured.macs
        return max(0.0, (had - self.wanted) / max(1, self.wanted))

    def text(self) -> str:
        """The wish in words: `a size of 14×14 px`."""
        if isinstance(self.wanted, tuple):
            sizes = dict.fromkeys(times(*size) for size in self.wanted)
            return f"a size of {' and '.join(sizes)} px"
        if self.what == "receptive":
            return f"a receptive field of {self.wanted:,} px"
        return f"at most {self.wanted:,} {_NOUNS[self.what]}"

    def had(self, measured: Measured) -> str:
        """What there is of it, in the same words: `13×13 px`."""
        if self.what == "size":
            shapes = dict.fromkeys(
                f"{times(*shape[1:])} px" if len(shape) == 3 else describe(shape)
                for shape in measured.shapes
            )
            return " and ".join(shapes)
        if self.what == "receptive":
            known = [field for field in measured.fields if field is not None]
            return f"{times(*min(known, key=min))} px" if known else "unknown"
        count = measured.parameters if self.what == "parameters" else measured.macs
        return f"{count:,} {_NOUNS[self.what]}"


_NOUNS = {"parameters": "parameters", "macs": "MACs"}


def wishes(goal: Goal, arriving: tuple[Shape, ...], ends: int) -> tuple[Wish, ...]:
    """The wishes of a goal; `arriving` are the shapes that go into the selection, `ends` how many
    nodes of it end it. Raises `GoalError` for a goal without a wish, and where sizes have no meaning.
    """
    if goal.empty:
        raise GoalError("Nothing is wished for yet; fill in at least one field.")
    found: list[Wish] = []
    if goal.size == "same":
        found.append(Wish("size", (_kept(arriving),) * ends))
    elif goal.size is not None:
        found.append(Wish("size", (goal.size,) * ends))
    if goal.receptive_at_least is not None:
        found.append(Wish("receptive", goal.receptive_at_least))
    if goal.parameters_at_most is not None:
        found.append(Wish("parameters", goal.parameters_at_most))
    if goal.macs_at_most is not None:
        found.append(Wish("macs", goal.macs_at_most))
    return tuple(found)


def _kept(arriving: tuple[Shape, ...]) -> Size:
    sizes = {(shape[1], shape[2]) for shape in arriving if len(shape) == 3}
    if not sizes:
        raise GoalError("No maps go into the selection, so there is no size to keep.")
    if len(sizes) > 1:
        both = " and ".join(times(*size) for size in sorted(sizes))
        raise GoalError(f"Maps of {both} px go into the selection; say which size you want.")
    return sizes.pop()


def _off(shape: Shape, size: Size) -> float:
    if len(shape) != 3:
        return math.inf
    height, width = size
    return (abs(shape[1] - height) + abs(shape[2] - width)) / max(1, height + width)


def _short(field: Size | None, least: int) -> float:
    return math.inf if field is None else max(0.0, (least - min(field)) / max(1, least))
