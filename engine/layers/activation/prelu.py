"""PReLU: a LeakyReLU that learns its slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integer, Real, parameter
from engine.layers.base import Example, Line, Shape, Tensor
from engine.layers.elementwise import Elementwise
from engine.layers.writing import constructor


@dataclass(frozen=True)
class PReLU(Elementwise):
    """x where it is positive, elsewhere x times a slope that is learned."""

    purpose: ClassVar[str] = "Keep positive values and a learned fraction of the rest"
    reference: ClassVar[str] = "torch.nn.PReLU; He et al., Delving deep into rectifiers, ICCV 2015"
    place: ClassVar[int] = 2

    num_parameters: int | str = parameter(
        1,
        Integer(
            help="Learn one slope for all, or with 'channels' one for each map or feature.",
            unit="slopes",
            low=1,
            high=1,
            words=("channels",),
        ),
    )
    init: float = parameter(
        0.25, Real(help="The slope that learning begins with.", low=-10, high=10)
    )

    def _slopes(self, shape: Shape) -> int:
        return 1 if self.num_parameters == 1 else shape[0]

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        return {"weight": Tensor((self._slopes(shapes[0]),))}

    def rule(self) -> str:
        return "x where x > 0, else slope·x"

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        return (*super().formula(*shapes), Line("Parameters", f"{self._slopes(shapes[0]):,}"))

    def caption(self) -> str:
        return "one slope" if self.num_parameters == 1 else "a slope for each map"

    def code(self, *shapes: Shape) -> str:
        return constructor(self, num_parameters=self._slopes(shapes[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            *super().examples(),
            Example(cls(num_parameters="channels", init=0.1), ((4, 5, 6),)),
        )
