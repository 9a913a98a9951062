"""What every loss declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

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
    """What the Output is compared with: the image's class, or the image itself as the network's
    Input has it. Only the former knows an accuracy."""
    most_classes: ClassVar[int] = 1_000_000
    """How many classes it can tell apart."""
    hides: ClassVar[bool] = False
    """Whether torch gives a number for it where a score is none, since it compares scores."""
    wants: ClassVar[str] = ""
    """The kind of layer that has to stand right before the Output; empty: any but the following."""
    spoils: ClassVar[Mapping[str, str]] = {}
    """Kinds of layers that it is better off without right before the Output, and why, as the end of
    a sentence that begins with the loss."""

    def scores(self, classes: int) -> int:
        """How many numbers the Output has to give to tell `classes` classes apart."""
        return classes

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the class in `torch.nn`, but for those that are tensors."""
        return {}

    def tensors(self, counts: Sequence[int]) -> Mapping[str, tuple[float, ...]]:
        """Keyword arguments that are rows of float32, where `counts` images show each class."""
        del counts
        return {}

    def unfit(self, classes: int) -> str:
        """What stands against telling so many classes apart, as what follows its name: `tells 2 classes
        apart`; empty: nothing.
        """
        fits = self.target != "class" or classes <= self.most_classes
        return "" if fits else f"tells {self.most_classes:,} classes apart"

    @classmethod
    def axis(cls) -> str:
        """Its title with its unit: `cross-entropy (nats)`."""
        return f"{cls.title} ({cls.unit})" if cls.unit else cls.title
