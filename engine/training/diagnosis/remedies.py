"""Ways out that several ailments share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.analysis.repairs import Become, InTurn, SetRate, SetRecipe, train_with
from engine.analysis.report import Fix
from engine.layers.elementwise import Elementwise
from engine.network.project import Project
from engine.network.scope import node_of
from engine.training.diagnosis.past import Past

FAR_ABOVE = 10
"""How many times an optimiser's own rate is far above it."""


def number(value: float) -> str:
    """A number with three digits: `0.00123`, `4.5e-07`, `1,240`."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{float(f'{value:.3g}'):,.10g}"
    return f"{value:.2g}"


def percent(part: float) -> str:
    """A part of 1: `62 %`."""
    return f"{100 * part:.0f} %"


def highest_rate(project: Project, past: Past) -> float:
    """The learning rate that the schedule scales."""
    return past.rate or project.recipe.optimizer.learning_rate


def slower(project: Project, past: Past, times: float = 10) -> Fix:
    """A lower learning rate; where that were still far too high, the optimiser's own at once."""
    rate = highest_rate(project, past) / times
    usual = type(project.recipe.optimizer)().learning_rate
    return _rate(usual if rate > FAR_ABOVE * usual else rate)


def faster(project: Project, past: Past, times: float) -> Fix:
    """A higher learning rate."""
    return _rate(min(100.0, highest_rate(project, past) * times))


def clipped(project: Project) -> Iterator[Fix]:
    """Gradients that cannot become long, where the recipe does not see to it."""
    if project.recipe.clip_norm is None:
        yield train_with("Clip gradients to 1", clip_norm=1.0)


def replaced(node: str, kind: str) -> Fix:
    """Another layer in the node's place."""
    return Fix(f"Make {node} a {kind}", Become(node, kind))


def rectified(project: Project, nodes: Sequence[str]) -> Fix:
    """ReLU in place of all these at once, and weights that begin as it needs them (He et al., 2015)."""
    what = f"Make {nodes[0]} a ReLU" if len(nodes) == 1 else f"Make all {len(nodes)} of them ReLUs"
    repairs = tuple(Become(node, "ReLU") for node in nodes)
    if project.recipe.initialization == "he":
        return Fix(what, InTurn(repairs))
    return Fix(f"{what}, begin by he", InTurn((*repairs, SetRecipe((("initialization", "he"),)))))


def is_cut(project: Project, node: str) -> bool:
    """Whether a node (`instance/node` inside a block) is a layer that makes what is not positive 0."""
    layer = _elementwise(project, node)
    return layer is not None and layer.cuts


def bounds_of(project: Project, node: str) -> tuple[float, float] | None:
    """The bounds of a node's values, where it has two."""
    layer = _elementwise(project, node)
    return layer.bounds if layer is not None else None


def _elementwise(project: Project, node: str) -> Elementwise | None:
    found = node_of(project, node)
    content = found.content if found is not None else None
    return content if isinstance(content, Elementwise) else None


def _rate(rate: float) -> Fix:
    rate = float(f"{rate:.2g}")
    return Fix(f"Set the learning rate to {rate:g}", SetRate(rate))
