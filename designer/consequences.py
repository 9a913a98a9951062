"""What a repair would lead to, told before it is done: the shapes, and what is then still broken."""

from __future__ import annotations

from designer.document import Document
from designer.style import numbers
from engine.analysis import Analysis, Fix, NodeReport, analyse, inside
from engine.fields import ParameterError
from engine.network.edits import EditError
from engine.network.project import Project
from engine.network.scope import Scope, closed, opened

_NEW = 2
"""New nodes whose shapes are told."""


def consequence(document: Document, fix: Fix, node: str, scope: Scope | None = None) -> str:
    """Lines of text: `dense1: 4,704 → 10`, then what stays broken. `scope` is where the fix acts."""
    where = document.scope if scope is None else scope
    try:
        before = opened(document.project, where)
        after = fix.edit(before)
        whole = closed(document.project, where, after)
    except (EditError, ParameterError) as error:
        return str(error)
    analysis = analyse(whole, document.analysis)
    shown = inside(whole, analysis, where) if where else analysis
    lines = [*_shapes(before, after, shown, node), _left(document.analysis, analysis)]
    return "\n".join(filter(None, lines))


def flow(report: NodeReport) -> str:
    """`6×28×28 → 4,704`; empty where nothing is known."""
    ins = ", ".join(numbers.shape(shape) for shape in report.inputs)
    outs = ", ".join(numbers.shape(shape) for shape in report.outputs)
    return f"{ins} → {outs or '?'}" if ins else outs


def _shapes(before: Project, after: Project, analysis: Analysis, node: str) -> list[str]:
    new = [name for name in after.network.nodes if name not in before.network.nodes][:_NEW]
    told = [*new, node] if node in after.network.nodes else new
    flows = ((name, flow(analysis.nodes.get(name, NodeReport()))) for name in told)
    return [f"{name}: {text}" for name, text in flows if text]


def _left(before: Analysis, after: Analysis) -> str:
    """What is broken then."""
    broken = [problem for problem in after.problems if problem.severity == "error"]
    if not broken:
        return "Nothing is broken then."
    known = {problem.message for problem in before.problems}
    fresh = [problem for problem in broken if problem.message not in known]
    if fresh:
        return f"Then broken: {fresh[0].message}"
    count = len(broken)
    return "1 other problem stays." if count == 1 else f"{count} other problems stay."
