"""What a network computes, before it computes: shapes, parameters, cost, receptive field, problems.

`analyse` is called at every edit. No torch here; layers tell their own arithmetic (`engine.layers`),
this room goes along the graph, remembers what it knows, and turns what is wrong into problems
whose fixes are edits.
"""

from engine.analysis.analyse import analyse
from engine.analysis.report import (
    Analysis,
    Application,
    Fix,
    NodeReport,
    Problem,
    ReceptiveField,
    Severity,
)
from engine.analysis.scope import Entered, entered, inside
from engine.analysis.suggestions import suggestions

__all__ = [
    "Analysis",
    "Application",
    "Entered",
    "Fix",
    "NodeReport",
    "Problem",
    "ReceptiveField",
    "Severity",
    "analyse",
    "entered",
    "inside",
    "suggestions",
]
