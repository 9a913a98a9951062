"""Pictures of a run, drawn with Pillow: learning curves, and what each layer makes of one image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import resources
from engine.training.events import EpochEnded, Event, Started, Steps

SCALE = 2
"""Everything is drawn this much larger, so that type and lines are crisp on any screen."""
PAPER, INK, FAINT, HAIRLINE = "#ffffff", "#1f2328", "#656d76", "#e4e7eb"
TRAINING, VALIDATION = "#2f6fd0", "#c8640c"
PALE = "#a9c4ec"
SEQUENTIAL = ("#10162b", "#1d4a7a", "#1f8a8c", "#6cc36a", "#fbe84b")
DIVERGING = ("#1f4e9c", "#7fa9dc", "#f6f6f4", "#e8a271", "#a83c12")

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Curve:
    """Points (x, y) of one line."""

    label: str
    color: str
    points: Sequence[tuple[float, float]]
    width: float = 2.0


class Sheet:
    """A white picture of `width` x `height` points to draw on."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size: int = 13,
        color: str = INK,
        anchor: str = "ls",
    ) -> float:
        """A line of text; `anchor` as Pillow has it (`ls`: left, on the base line). Returns its width."""
        heavy = "SemiBold" if size >= 16 else "Regular"
        font = ImageFont.truetype(
            str(resources.FOLDER / "fonts" / f"Inter-{heavy}.otf"), size * SCALE
        )
        self._draw.text((at[0] * SCALE, at[1] * SCALE), text, color, font, anchor=anchor)
        return font.getlength(text) / SCALE

    def line(self, points: Sequence[tuple[float, float]], color: str, width: float = 1.0) -> None:
        """A line through points."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, color, max(1, round(width * SCALE)), joint="curve")

    def dot(self, at: tuple[float, float], color: str, radius: float = 3.0) -> None:
        """A filled circle."""
        x, y = at[0] * SCALE, at[1] * SCALE
        r = radius * SCALE
        self._draw.ellipse((x - r, y - r, x + r, y + r), color)

    def picture(
        self, at: tuple[float, float], pixels: NDArray[np.uint8], width: float, height: float
    ) -> None:
        """An RGB array (height, width, 3) in a box of this size, its pixels kept sharp."""
        size = round(width * SCALE), round(height * SCALE)
        tile = Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)
        self.image.paste(tile, (round(at[0] * SCALE), round(at[1] * SCALE)))

    def save(self, to: Path) -> None:
        """Write it as a PNG."""
        self.image.save(to, "PNG", optimize=True)


def curves(title: str, events: Sequence[Event], to: Path) -> None:
    """Loss and, where it is measured, accuracy over the epochs, training and validation, as a PNG."""
    started = next((event for event in events if isinstance(event, Started)), None)
    loss = f"Loss: {started.loss}" if started else "Loss"
    panels: list[tuple[str, str, Callable[[float], str]]] = [(loss, "loss", "{:g}".format)]
    if started is None or started.accuracy:
        panels.append(("Accuracy", "accuracy", lambda value: f"{value * 100:g} %"))
    sheet = Sheet(40 + 540 * len(panels), 460)
    sheet.text((32, 44), title, 20)
    for number, (label, name, tick) in enumerate(panels):
        left = 76 + number * 540
        lines = _lines(name, events, started.steps_per_epoch if started else 1)
        _plot(sheet, (left, 112, left + 460, 400), label, lines, tick)
    sheet.save(to)


def _lines(name: str, events: Sequence[Event], per_epoch: int) -> list[Curve]:
    """The curves of `loss` or `accuracy`: each step, and training and validation of each epoch."""
    steps = [event for event in events if isinstance(event, Steps)]
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    single = [
        ((event.step - len(values) + index + 1) / per_epoch, value)
        for event in steps
        for values in [event.losses if name == "loss" else event.accuracies]
        for index, value in enumerate(values)
    ]
    lines = [Curve("training, each step (averaged)", PALE, _smooth(single), 1.2)]
    for part, word, color in (("train", "training", TRAINING), ("val", "validation", VALIDATION)):
        values = [(event.epoch, getattr(event, f"{part}_{name}")) for event in epochs]
        known = [(float(epoch), float(value)) for epoch, value in values if value is not None]
        lines.append(Curve(word, color, known))
    return lines


def feature_maps(
    title: str, image: NDArray[np.float32], maps: Mapping[str, NDArray[np.float32]], to: Path
) -> None:
    """A strip of maps per node, as a PNG.

    `image` is (channels, height, width); `maps` has, by a node's caption, arrays (channels, height,
    width). At most 12 maps of a node are drawn. Colours reach as far as the node's own
    values, around zero where some are negative, and from zero where none is.
    """
    most, side, gap, left = 12, 64, 6, 190
    rows = {"input": image, **maps}
    sheet = Sheet(left + most * (side + gap) + 130, 84 + len(rows) * (side + 22) + 16)
    sheet.text((32, 44), title, 20)
    for number, (caption, array) in enumerate(rows.items()):
        top = 76 + number * (side + 22)
        name, _, rest = caption.partition(" · ")
        sheet.text((32, top + 28), name, 13)
        sheet.text((32, top + 46), rest or "×".join(map(str, array.shape)), 11, FAINT)
        low, high = float(array.min()), float(array.max())
        for index, plane in enumerate(array[:most]):
            at = (left + index * (side + gap), top)
            sheet.picture(at, colored(plane, low, high), side, side)
        right = left + min(most, len(array)) * (side + gap) + 4
        first, last = _range(low, high)
        bar = np.linspace(last, first, side * SCALE, dtype=np.float32)[:, None]
        sheet.picture((right, top), colored(bar, low, high), 8, side)
        sheet.text((right + 14, top), f"{last:.3g}", 11, FAINT, "lt")
        sheet.text((right + 14, top + side), f"{first:.3g}".replace("-", "−"), 11, FAINT, "ls")
        if len(array) > most:
            sheet.text((right + 14, top + side / 2), f"{most} of {len(array):,}", 11, FAINT, "lm")
    sheet.save(to)


def colored(plane: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """RGB (height, width, 3) of values (height, width) in the range `low` to `high`."""
    first, last = _range(low, high)
    return _ramp(DIVERGING if first < 0 else SEQUENTIAL, (plane - first) / (last - first))


def _range(low: float, high: float) -> tuple[float, float]:
    """The values that the ends of the colours stand for: around zero, or from zero."""
    reach = max(-low, high, 1e-12)
    return (-reach, reach) if low < 0 else (0.0, reach)


def _ramp(colors: Sequence[str], values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values from 0 to 1 as colours between the given ones."""
    anchors = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors])
    at = np.clip(values, 0, 1)
    places = np.linspace(0, 1, len(colors))
    channels = [np.interp(at, places, anchors[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def _smooth(points: Sequence[tuple[float, float]], most: int = 160) -> list[tuple[float, float]]:
    """Means of neighbours, at most `most` of them."""
    width = max(1, ceil(len(points) / most))
    groups = [points[at : at + width] for at in range(0, len(points), width)]
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group))
        for group in groups
    ]


def _plot(
    sheet: Sheet, box: Box, label: str, lines: Sequence[Curve], tick: Callable[[float], str]
) -> None:
    left, top, right, bottom = box
    points = [point for line in lines for point in line.points]
    sheet.text((left, top - 36), label, 13)
    if not points:
        sheet.text((left, top + 20), "no epoch has ended yet", 13, FAINT)
        return
    high_x = max(x for x, _ in points)
    marks = ticks(min(0.0, min(y for _, y in points)), max(y for _, y in points))
    low, high = marks[0], marks[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            left + (right - left) * x / (high_x or 1),
            bottom - (bottom - top) * (y - low) / (high - low),
        )

    for value in marks:
        y = place(0, value)[1]
        sheet.line([(left, y), (right, y)], HAIRLINE)
        sheet.text((left - 10, y), tick(value), 11, FAINT, "rm")
    whole = [value for value in ticks(0, high_x) if value == int(value) and value <= high_x]
    for value in whole:
        x = place(value, low)[0]
        sheet.line([(x, bottom), (x, bottom + 4)], FAINT)
        sheet.text((x, bottom + 10), f"{value:g}", 11, FAINT, "mt")
    sheet.line([(left, bottom), (right, bottom)], FAINT)
    sheet.text((right, bottom + 30), "epoch", 11, FAINT, "rt")
    for line in lines:
        placed = [place(x, y) for x, y in line.points]
        if len(placed) > 1:
            sheet.line(placed, line.color, line.width)
        if line.width > 1.5:
            for at in placed if len(placed) <= 40 else placed[-1:]:
                sheet.dot(at, line.color)
    along = left
    for line in lines:
        sheet.line([(along, top - 18), (along + 18, top - 18)], line.color, 2.5)
        along += 48 + sheet.text((along + 24, top - 18), line.label, 11, FAINT, "lm")


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that enclose a range."""
    step = 10 ** floor(log10(max(high - low, 1e-9) / about))
    step *= next((factor for factor in (1, 2, 5) if (high - low) / (step * factor) <= about), 10)
    first, last = floor(low / step), ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, max(last, first + 1) + 1)]
