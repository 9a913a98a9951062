"""The catalogue as people pick from it: every layer and preset, searched by typing a few letters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from PySide6.QtCore import QMimeData

from engine.fields import ParameterError, Value
from engine.layers import catalogue
from engine.layers.base import Layer

MIME = "application/x-convoscope-layer"
"""A layer on its way from the palette to the canvas: JSON of `kind` and `values`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A layer, or with `preset` one with certain values, as it is offered."""

    label: str
    purpose: str
    family: str
    kind: str
    values: tuple[tuple[str, Value], ...] = ()
    preset: bool = False

    def layer(self) -> Layer:
        """A new layer of this entry."""
        return catalogue.layer(self.kind, **dict(self.values))


@cache
def entries() -> tuple[Entry, ...]:
    """All entries in the palette's order, each preset behind its layer."""
    found: list[Entry] = []
    for kind, layer in catalogue.kinds().items():
        found.append(Entry(layer.label or kind, layer.purpose, layer.family, kind))
        for preset in layer.presets:
            found.append(
                Entry(preset.label, preset.purpose, layer.family, kind, preset.values, True)
            )
    return tuple(found)


def search(text: str, among: Iterable[Entry] | None = None) -> list[Entry]:
    """The entries that hold every word of `text`, the best match first.

    A match at the start of the label counts most, then one inside it, in the kind, in the purpose.
    """
    words = text.lower().replace("x", "×").split()
    plain = text.lower().split()
    ranked: list[tuple[int, int, Entry]] = []
    for number, entry in enumerate(entries() if among is None else among):
        ranks = [
            min(_rank(entry, word), _rank(entry, other))
            for word, other in zip(words, plain, strict=True)
        ]
        if not ranks or max(ranks) < _NO_MATCH:
            ranked.append((sum(ranks), number, entry))
    ranked.sort(key=lambda item: item[:2])
    if not words:
        return [entry for _, _, entry in ranked]
    # Apart from its layer a preset is an entry like any other.
    return [replace(entry, preset=False) for _, _, entry in ranked]


_NO_MATCH = 9


def _rank(entry: Entry, word: str) -> int:
    label = entry.label.lower()
    if label == word:
        return 0
    if label.startswith(word):
        return 1
    if word in label or entry.kind.lower().startswith(word):
        return 2
    if word in entry.kind.lower() or entry.family.startswith(word):
        return 3
    return 5 if word in entry.purpose.lower() else _NO_MATCH


def pack(entry: Entry) -> QMimeData:
    """An entry as it is dragged."""
    data = QMimeData()
    content = {"kind": entry.kind, "values": dict(entry.values)}
    data.setData(MIME, json.dumps(content).encode())
    data.setText(entry.label)
    return data


def unpack(data: QMimeData) -> Layer | None:
    """The layer that is dragged; None where it is something else, or no layer of ours."""
    if not data.hasFormat(MIME):
        return None
    try:
        content = json.loads(bytes(data.data(MIME).data()))
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in content["values"].items()
        }
        return catalogue.layer(content["kind"], **values)
    except (ValueError, KeyError, TypeError, AttributeError, ParameterError):
        return None
