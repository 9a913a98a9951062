"""What every loss declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.recipe.part import Part


@dataclass(frozen=True)
class Loss(Part):
    """The base of every loss; its kind is the name of the class in `torch.nn`.

    A batch's loss is the mean over its images.
    """

    title: ClassVar[str] = ""
    """What it is called in a sentence and on an axis."""
    unit: ClassVar[str] = ""
    """What it is counted in; empty: a plain number."""
    target: ClassVar[Literal["class", "image"]] = "class"
    """What the Output is compared with: the image's class, by a score for each, or the image itself
    as the network's Input has it. Only the former knows an accuracy."""
    spoils: ClassVar[Mapping[str, str]] = {}
    """Kinds of layers that it is better off without right before the Output, and why, as the end of
    a sentence that begins with the loss."""

    def arguments(self) -> dict[str, float | str]:
        """Keyword arguments of the class in `torch.nn`."""
        return {}

    @classmethod
    def axis(cls) -> str:
        """Its title with its unit: `cross-entropy (nats)`."""
        return f"{cls.title} ({cls.unit})" if cls.unit else cls.title
