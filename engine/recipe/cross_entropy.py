"""Cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.fields import Flag, ParameterError, Real, Reals, parameter
from engine.recipe.loss import Loss


@dataclass(frozen=True)
class CrossEntropyLoss(Loss):
    """-log of the probability that a softmax over the Output's scores gives the right class."""

    purpose: ClassVar[str] = "Tells classes apart; wants one raw score for each"
    when: ClassVar[str] = "For all telling apart of classes, unless there is a reason for another."
    reference: ClassVar[str] = "torch.nn.CrossEntropyLoss"
    title: ClassVar[str] = "cross-entropy"
    unit: ClassVar[str] = "nats"
    spoils: ClassVar[Mapping[str, str]] = {
        "Softmax": "applies softmax itself, and twice it learns slowly",
        "LogSoftmax": "applies log-softmax itself",
        "Sigmoid": "wants raw scores, not numbers squeezed between 0 and 1",
        "ReLU": "cannot tell scores apart that are all set to 0",
    }

    label_smoothing: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=1.0,
            help="Part of the target that is spread evenly over all classes (Szegedy et al., 2016); "
            "0.1 keeps a network from growing too sure.",
        ),
    )

    balanced: bool = parameter(
        False,
        Flag(
            label="balance classes",
            help="Let rare classes count as much as frequent ones: an image's loss is weighted by "
            "images / (classes · images of its class), and the mean is that of the weighted.",
        ),
    )

    class_weights: tuple[float, ...] | None = parameter(
        None,
        Reals(
            low=1e-6,
            high=1e6,
            none="all alike",
            label="class weights",
            help="How much an image of each class counts, in the order of the classes, as 1, 2, 0.5: more "
            "for classes whose misses are dear. The mean is that of the weighted.",
        ),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.balanced and self.class_weights:
            raise ParameterError(
                "CrossEntropyLoss",
                "class_weights",
                f"gives {len(self.class_weights):,} weights while classes are balanced, which gives them "
                "too; leave one of the two off",
            )

    def arguments(self) -> dict[str, Any]:
        return {"label_smoothing": self.label_smoothing}

    def tensors(self, counts: Sequence[int]) -> Mapping[str, tuple[float, ...]]:
        """`balanced` as scikit-learn has it (King and Zeng, 2001); a class without images counts 1."""
        if self.class_weights:
            return {"weight": self.class_weights}
        if not self.balanced:
            return {}
        total = sum(counts)
        return {"weight": tuple(total / (len(counts) * n) if n else 1.0 for n in counts)}

    def unfit(self, classes: int) -> str:
        given = len(self.class_weights or ())
        if not given or given == classes:
            return ""
        return f"has {given:,} class weight{'s' if given > 1 else ''}"

    def fitted(self, classes: int) -> CrossEntropyLoss:
        """The same with so many class weights: those missing are 1, and those too many go."""
        given = self.class_weights or ()
        return self.changed(class_weights=(*given, *(1.0,) * classes)[:classes])
