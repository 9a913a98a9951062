"""How a node's own tensors begin, and how fast they learn beside the rest."""

from __future__ import annotations

from dataclasses import dataclass

from engine.fields import Choice, Declaration, Real, parameter
from engine.recipe.recipe import INITIALIZATIONS

AS_RECIPE = "as the recipe"


@dataclass(frozen=True)
class Learning(Declaration):
    """Of an instance of a block it holds for all inside: rates multiply, and the innermost beginning counts."""

    rate: float = parameter(
        1.0,
        Real(
            low=1e-6,
            high=1000.0,
            label="rate ×",
            help="The learning rate here is so many times the recipe's: 0.1 for layers that have "
            "learned elsewhere, more than 1 for a new head (Krizhevsky et al., 2012, doubled that of "
            "biases).",
        ),
    )
    initialization: str = parameter(
        AS_RECIPE,
        Choice(
            options=(AS_RECIPE, *INITIALIZATIONS),
            label="begin with",
            help="What the weights of convolutions and Dense layers begin with here, where that is "
            "not what the recipe says.",
        ),
    )

    def within(self, outer: Learning) -> Learning:
        """What holds for a node of this in an instance of that."""
        own = self.initialization != AS_RECIPE
        return Learning(
            rate=min(1000.0, max(1e-6, self.rate * outer.rate)),
            initialization=self.initialization if own else outer.initialization,
        )
