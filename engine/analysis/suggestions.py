"""Suggestions: what would come to the same with less work. Nothing is wrong without them.

They are sought for one node, when somebody looks at it; an analysis knows none.
"""

from __future__ import annotations

from math import prod

from engine.analysis.repairs import Exchange
from engine.analysis.report import Analysis, Fix, Problem
from engine.network.network import Network
from engine.network.order import targets

MAXIMA = frozenset({"MaxPool2d", "AdaptiveMaxPool2d"})


def suggestions(network: Network, analysis: Analysis, name: str) -> tuple[Problem, ...]:
    """What could be better about a node that works, as hints with the edit that does it.

    A ReLU before a maximum: the greatest of max(0, x) is max(0, the greatest x), to the last bit, and
    so are the gradients, but behind the pooling there are fewer numbers to go through.
    """
    node, behind = network.nodes[name], targets(network).get(name, ())
    if node.kind != "ReLU" or node.mode != "active" or len(behind) != 1:
        return ()
    pool = behind[0].target
    report = analysis.nodes.get(pool)
    pooling = network.nodes[pool]
    if pooling.kind not in MAXIMA or pooling.mode != "active" or report is None:
        return ()
    if not report.known or any(link.output for link in targets(network).get(pool, ())):
        return ()
    before, after = prod(report.inputs[0]), prod(report.outputs[0])
    if after >= before:
        return ()
    message = (
        f"{name} works on {before:,} numbers, and {pool} keeps {after:,} of them; behind {pool} it "
        "comes to the same with less work."
    )
    fix = Fix(f"Exchange {name} and {pool}", Exchange(name, pool))
    return (Problem(name, "", message, (fix,), "hint"),)
