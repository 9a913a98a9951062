"""Drawn figures: generated, so that any number of exactly labelled colour images is at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset, Part, Progress

_SIZE = 32
_SEED = 20
_BLOCK = 500
Plane: TypeAlias = NDArray[np.floating]
"""One number per pixel of a row of images: (n, height, width)."""


@dataclass(frozen=True)
class Shapes(Dataset):
    """A figure per image, of any colour, place, size and angle, on a ground of another colour, with noise."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        chance = np.random.default_rng(_SEED)
        train = _part(chance, self.train_images, lambda done: progress("Drawing shapes", done))
        return train, _part(chance, self.test_images, lambda done: None)


def _part(chance: np.random.Generator, count: int, done: Callable[[float], None]) -> Part:
    labels = chance.permutation(np.arange(count) % len(_FIGURES)).astype(np.int64)
    images = np.empty((count, 3, _SIZE, _SIZE), np.uint8)
    for start in range(0, count, _BLOCK):
        images[start : start + _BLOCK] = _draw(chance, labels[start : start + _BLOCK])
        done(min(1.0, (start + _BLOCK) / count))
    return Part(images, labels)


def _draw(chance: np.random.Generator, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Images (n, 3, 32, 32) of the figures numbered `labels` (n,)."""
    count = len(labels)

    def uniform(low: float, high: float, *shape: int) -> NDArray[np.float32]:
        return chance.uniform(low, high, (count, *shape)).astype(np.float32)

    radius = uniform(0.22, 0.42, 1, 1) * _SIZE
    angle = uniform(0, 2 * np.pi, 1, 1)
    axis = np.arange(_SIZE, dtype=np.float32) + 0.5
    middle = _SIZE / 2 + uniform(-1, 1, 2, 1, 1) * (_SIZE / 2 - radius[:, None])
    down = (axis[:, None] - middle[:, 0]) / radius
    right = (axis - middle[:, 1]) / radius
    x = np.cos(angle) * right + np.sin(angle) * down
    y = np.cos(angle) * down - np.sin(angle) * right
    inside = np.empty((count, _SIZE, _SIZE), np.float32)
    for label, figure in enumerate(_FIGURES.values()):
        of_it = labels == label
        # Distance to the edge in pixels, so that an edge is one pixel soft.
        distance = figure(x[of_it], y[of_it]) * radius[of_it]
        inside[of_it] = np.clip(0.5 - distance, 0, 1)
    ground = uniform(0, 255, 3)
    # The figure's colour lies at least a third of the range away from the ground's in every channel.
    colour = (ground + uniform(85, 170, 3)) % 255
    images = ground[:, :, None, None] + (colour - ground)[:, :, None, None] * inside[:, None]
    noise = chance.standard_normal(images.shape, np.float32) * uniform(2, 14, 1, 1, 1)
    return np.rint(np.clip(images + noise, 0, 255)).astype(np.uint8)


def _polygon(x: Plane, y: Plane, corners: int, outer: float = 1.0) -> Plane:
    """Signed distance to a regular polygon whose corners lie `outer` away from the middle."""
    apothem = outer * np.cos(np.pi / corners)
    normals = 2 * np.pi * np.arange(corners) / corners
    return np.max([x * np.cos(a) + y * np.sin(a) for a in normals], axis=0) - np.float32(apothem)


def _circle(x: Plane, y: Plane) -> Plane:
    return np.hypot(x, y) - np.float32(0.85)


def _ring(x: Plane, y: Plane) -> Plane:
    return np.abs(np.hypot(x, y) - np.float32(0.72)) - np.float32(0.2)


def _square(x: Plane, y: Plane) -> Plane:
    return _polygon(x, y, 4)


def _triangle(x: Plane, y: Plane) -> Plane:
    return _polygon(x, y, 3)


def _star(x: Plane, y: Plane) -> Plane:
    """Five rays: the distance to the line from a tip to the notch beside it, the rest by symmetry."""
    tip, notch, fifth = 1.0, 0.42, 2 * np.pi / 5
    turn = np.abs((np.arctan2(y, x) + np.pi) % fifth - fifth / 2)
    along = np.hypot(x, y)
    across, ahead = along * np.sin(turn), along * np.cos(turn)
    # From the tip at angle pi / 5 to the notch at 0, both seen from the middle of a notch.
    ax, ay = tip * np.cos(fifth / 2), tip * np.sin(fifth / 2)
    bx, by = notch, 0.0
    length = np.hypot(ax - bx, ay - by)
    return ((ahead - bx) * (ay - by) - (across - by) * (ax - bx)) / np.float32(length)


def _cross(x: Plane, y: Plane) -> Plane:
    arm, half = np.float32(0.92), np.float32(0.27)
    upright = np.maximum(np.abs(x) - half, np.abs(y) - arm)
    return np.minimum(upright, np.maximum(np.abs(x) - arm, np.abs(y) - half))


_FIGURES: dict[str, Callable[[Plane, Plane], Plane]] = {
    "circle": _circle,
    "ring": _ring,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
}
"""Signed distances, negative inside, of figures that fit into the circle of radius 1."""

DATASET = Shapes(
    name="shapes",
    title="Shapes",
    purpose="Drawn figures in colour, at any angle, size and place: for nets with three channels",
    shape=(3, _SIZE, _SIZE),
    classes=tuple(_FIGURES),
    train_images=6000,
    test_images=1200,
    licence="MIT",
    source="generated by Convoscope",
)
