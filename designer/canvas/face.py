"""Face: everything that a card shows of its node, as a value. Equal faces need no repainting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designer.canvas.instance import Sketch
from designer.canvas.instance import caption as instance_caption
from designer.style import numbers
from engine.analysis import NodeReport, Problem
from engine.layers.base import Layer, Shape, times
from engine.network import ports
from engine.network.network import Link, Mode, Network, Node


@dataclass(frozen=True, slots=True)
class Face:
    """A node as it is shown. `family` gives colour and glyph, `note` is the first problem's sentence,
    `fixes` the labels of its repairs, `severity` `error`, `warning`, or `waiting` for a layer that is
    not linked yet; `reached` is false where no shape arrives yet.
    """

    name: str
    kind: str
    family: str
    caption: str = ""
    arriving: str = ""
    leaving: str = ""
    count: str = ""
    brief_count: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    note: str = ""
    fixes: tuple[str, ...] = ()
    severity: str = ""
    reached: bool = True
    mode: Mode = "active"
    frozen: bool = False
    inside: Sketch | None = None
    """What an instance shows of its block."""
    absent: bool = False
    """Whether it is not there in the instance of the block that was entered."""

    @property
    def labelled(self) -> bool:
        """Whether the names of the ports stand on the card, in rows of their own."""
        return self.family == "block" and max(len(self.inputs), len(self.outputs)) > 1

    @property
    def dot(self) -> bool:
        """Whether it is a bend of a link, which is a dot and says nothing."""
        return self.kind == "Reroute"


def face(
    network: Network,
    name: str,
    report: NodeReport | None,
    feeds: Sequence[Link],
    leads: bool = True,
) -> Face:
    """What the card of node `name` shows. `feeds` are the links that arrive at it, `leads` is
    whether any leaves it; the end of a network still being drawn is not yet warned of.
    """
    node = network.nodes[name]
    report = report or NodeReport()
    problem = first_problem(report)
    if problem and problem.severity == "warning" and not leads and _outputs(network, node):
        problem = None
    content = node.content
    if isinstance(content, Layer):
        kind, family = content.label or content.kind(), content.family
        caption = content.caption()
        if not caption or not content.ports_in:
            # Nothing to set, or only the shape, which the bottom line tells: say what it is for.
            caption = content.purpose.split(",")[0]
    else:
        kind, family, caption = content.block, "block", instance_caption(network, content)
        if content.repeat > 1:
            kind = f"{kind} × {content.repeat}"
    return Face(
        name=name,
        kind=kind,
        family=family,
        caption=caption,
        arriving=_arriving(report.inputs),
        leaving=times(*report.outputs[0]) if report.outputs else "",
        count=count(report.parameters) if report.parameters else "",
        brief_count=numbers.short(report.parameters) if report.parameters else "",
        inputs=input_ports(network, node, feeds),
        outputs=_outputs(network, node),
        note=_note(problem),
        fixes=_repairs(problem) if problem else (),
        severity=_severity(problem, node, feeds),
        reached=report.known,
        mode=node.mode,
        frozen=node.frozen,
    )


def alike(old: NodeReport | None, new: NodeReport) -> bool:
    """Whether two reports of a node look the same on its card."""
    if old is None or len(old.problems) != len(new.problems):
        return False
    if old.outputs != new.outputs or old.inputs != new.inputs or old.parameters != new.parameters:
        return False
    return all(
        a is b or (a.message, a.severity, _repairs(a)) == (b.message, b.severity, _repairs(b))
        for a, b in zip(old.problems, new.problems, strict=True)
    )


def _repairs(problem: Problem) -> tuple[str, ...]:
    return tuple(fix.label for fix in problem.fixes)


def refuses(report: NodeReport | None) -> bool:
    """Whether a node cannot take the shapes that reach it."""
    return (
        report is not None
        and bool(report.inputs)
        and not report.outputs
        and any(problem.severity == "error" for problem in report.problems)
    )


def first_problem(report: NodeReport) -> Problem | None:
    """The problem that the card tells of: the first error, or else the first warning."""
    errors = (item for item in report.problems if item.severity == "error")
    return next(errors, report.problems[0] if report.problems else None)


def _note(problem: Problem | None) -> str:
    """What is wrong, without the advice behind the semicolon where a button offers to follow it."""
    if problem is None:
        return ""
    what, _, _ = problem.message.partition(";")
    return f"{what}." if problem.fixes and what != problem.message else problem.message


def _severity(problem: Problem | None, node: Node, feeds: Sequence[Link]) -> str:
    """A layer that has just been put down is not wrong, it only waits for its link."""
    if problem is None:
        return ""
    needy = not isinstance(node.content, Layer) or bool(node.content.ports_in)
    return "waiting" if needy and not feeds else problem.severity


def count(number: int) -> str:
    """A number of parameters, whole up to seven figures: `61,706`, `25.6 M`."""
    if number < 10_000_000:
        return f"{number:,}"
    return f"{number / 1e6:,.1f} M"


def input_ports(network: Network, node: Node, feeds: Sequence[Link]) -> tuple[str, ...]:
    """Names of the input ports shown: a variadic layer's are those linked and a spare one."""
    names = _inputs(network, node)
    if not names or not ports.variadic(node):
        return names
    shown = max((link.input + 1 for link in feeds), default=len(names) - 1) + 1
    return tuple(names[min(number, len(names) - 1)] for number in range(max(shown, len(names))))


def _inputs(network: Network, node: Node) -> tuple[str, ...]:
    try:
        return ports.inputs(network, node)
    except KeyError:  # an instance of a block that is not in the file
        return ("input",)


def _outputs(network: Network, node: Node) -> tuple[str, ...]:
    try:
        return ports.outputs(network, node)
    except KeyError:
        return ("output",)


def _arriving(shapes: Sequence[Shape]) -> str:
    if not shapes:
        return ""
    if len(shapes) == 1:
        return times(*shapes[0])
    return f"{len(shapes)} inputs"
