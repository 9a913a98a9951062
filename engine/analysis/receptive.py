"""Receptive fields: what one unit sees of the image, composed layer by layer.

Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from typing import NamedTuple, Protocol, TypeAlias

from engine.analysis.structure import Feed
from engine.layers.base import ELEMENTWISE, Window

Windows: TypeAlias = tuple[Window, Window] | None
"""What one output of a layer reads along height and width; None: the whole of every map."""


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one unit sees of the input image along height and width, in pixels.

    `size` (how many), `stride` (how far apart neighbours look; 0 where every unit sees the whole
    image), `offset` (where the first unit's field starts; negative in the padding).
    (Araujo, Norris, Sim, Distill 2019.)
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    offset: tuple[float, float]


class Reach(NamedTuple):
    """A field along one axis, in pixels: unit u sees `u * stride + start` and the `size - 1` after it."""

    size: float = 1.0
    stride: float = 1.0
    start: float = 0.0


Reaches: TypeAlias = tuple[Reach, Reach]
PIXEL: Reaches = (_ONE := Reach(), _ONE)
"""An Input's units: each sees its own pixel."""


def whole(image: tuple[int, int]) -> Reaches:
    """The field of a unit that sees all of an image of (height, width)."""
    height, width = image
    return Reach(height, 0.0), Reach(width, 0.0)


def onward(before: Reach, window: Window) -> Reach:
    """The field of an output that reads `window` of units with the field `before`.

    r = r' + (k - 1) j', j = s j', start = start' + w j' (section "Solving receptive field size",
    with the window's start w for minus the padding). A fractional start, as upsampling has it, is
    rounded up, so that the first unit's field is exact; those between are off by less than j'.
    """
    size, stride, start = before
    return Reach(
        size + (window.size - 1) * stride,
        stride * window.stride,
        start + ceil(window.start) * stride,
    )


def union(one: Reach, other: Reach) -> Reach:
    """The smallest field that covers those of two merged branches, taken at the first unit.

    Of unequal strides, which only a resizing branch brings about, the larger counts.
    """
    size, stride, start = one
    size2, stride2, start2 = other
    end = max(start + size, start2 + size2)
    start = min(start, start2)
    return Reach(end - start, max(stride, stride2), start)


def merge(one: Reaches, other: Reaches) -> Reaches:
    """The union of the fields of two branches, along height and along width."""
    if one is other:
        return one
    height = union(one[0], other[0])
    if one[0] is one[1] and other[0] is other[1]:
        return height, height
    return height, union(one[1], other[1])


class Reading(Protocol):
    """A node's report, of which only the windows matter here."""

    @property
    def windows(self) -> Windows: ...


class Fields:
    """The fields of every node of a network, worked out in its order as far as someone asks.

    `feeds[i]` tells which places feed place i, all of them smaller; `reports[i]` what it reads of
    them; `images[i]` is (height, width) where i is an Input of images. `before` are the
    fields of an earlier network with the same images, equal to this one in its first `start` places.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        reports: Sequence[Reading],
        images: Mapping[int, tuple[int, int]],
        before: Fields | None = None,
        start: int = 0,
    ) -> None:
        self._feeds = feeds
        self._reports = reports
        self.images = images
        if before is not None:
            self.whole = before.whole
            self._found = before._found[:start]
        else:
            heights, widths = zip(*images.values(), strict=True) if images else ((0,), (0,))
            self.whole = whole((max(heights), max(widths)))
            self._found: list[Reaches | None] = []

    def at(self, place: int) -> Reaches | None:
        """The field at a place; None where no image reaches it."""
        if place >= len(self._found):
            if self._behind_whole(place):
                return self.whole
            self._extend(place + 1)
        return self._found[place]

    def _behind_whole(self, place: int) -> bool:
        """Whether going straight back from a place meets a layer that sees everything.

        So the end of a classifier, which the status bar shows, is known without its beginning.
        """
        if not self.images:
            return False
        feeds, reports, known = self._feeds, self._reports, len(self._found)
        while place >= known:
            if reports[place].windows is None:
                return True
            feed = feeds[place]
            if not isinstance(feed, int):
                return False
            place = feed
        return False

    def _extend(self, end: int) -> None:
        found = self._found
        add = found.append
        for place in range(len(found), end):
            feed = self._feeds[place]
            if isinstance(feed, int):
                reaches = found[feed]
            elif feed:
                reaches = self._merged(feed)
            else:
                add(PIXEL if place in self.images else None)
                continue
            windows = self._reports[place].windows
            if windows is ELEMENTWISE or reaches is None or reaches is self.whole:
                add(reaches)
            elif windows is None:
                add(self.whole)
            else:
                add(_step(reaches, windows))

    def _merged(self, feed: tuple[tuple[int, int], ...]) -> Reaches | None:
        known = [reaches for source, _ in feed if (reaches := self._found[source]) is not None]
        if any(reaches is self.whole for reaches in known):
            return self.whole
        return reduce(merge, known) if known else None


def _step(reaches: Reaches, windows: tuple[Window, Window]) -> Reaches:
    height = onward(reaches[0], windows[0])
    # Square windows over square fields are the rule, and then one axis tells both.
    if windows[0] is windows[1] and reaches[0] is reaches[1]:
        return height, height
    return height, onward(reaches[1], windows[1])


def as_field(reaches: Reaches) -> ReceptiveField:
    """The field as it is reported, with whole pixels counted."""
    height, width = reaches
    return ReceptiveField(
        (ceil(height.size), ceil(width.size)),
        (height.stride, width.stride),
        (height.start, width.start),
    )


def as_windows(reaches: Reaches) -> tuple[Window, Window]:
    """What an output of a whole block reads of the block's input."""
    height, width = (Window(ceil(size), stride, start) for size, stride, start in reaches)
    return height, width
