"""The pass along the order: each node's report from the outputs of those that feed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TypeAlias

from engine.analysis.measure import UNKNOWN, Measures, Shapes
from engine.analysis.report import NodeReport
from engine.analysis.structure import Structure
from engine.layers.base import ShapeError
from engine.network.errors import BlockError

Refusal: TypeAlias = ShapeError | BlockError


def propagate(
    structure: Structure,
    measures: Sequence[Measures],
    reports: list[NodeReport],
    refused: Callable[[int, Shapes, Refusal], None],
) -> None:
    """Extend the `reports` of the first places to all places.

    `measures` runs along the order. `refused` is told place, input shapes and reason of each node
    that cannot take what it is given; those behind it are unknown, and no fault of theirs. A node
    costs a lookup by its input shapes, so going on to the end is cheaper than asking at each
    node whether anything before it changed.
    """
    add = reports.append
    start = len(reports)
    for feed, known in zip(structure.feeds[start:], measures[start:], strict=True):
        if isinstance(feed, int):
            shapes = reports[feed].outputs
        elif feed is None or (gathered := _gather(reports, feed)) is None:
            add(UNKNOWN)
            continue
        else:
            shapes = gathered
        try:
            add(known[shapes])
        except (ShapeError, BlockError) as error:
            refused(len(reports), shapes, error)
            add(NodeReport(shapes))


_SUMS = tuple(
    itemgetter(NodeReport._fields.index(name)) for name in ("parameters", "macs", "memory")
)


def totals(structure: Structure, reports: Sequence[NodeReport]) -> tuple[int, int, int]:
    """Parameters, multiply-accumulates and bytes of all nodes that the network computes."""
    idle = structure.idle
    counted = [item for place, item in enumerate(reports) if place not in idle] if idle else reports
    parameters, macs, memory = (sum(map(column, counted)) for column in _SUMS)
    return parameters, macs, memory


def _gather(reports: list[NodeReport], feed: tuple[tuple[int, int], ...]) -> Shapes | None:
    """The shapes that come together at a node, or None where one of them is unknown."""
    try:
        return tuple([reports[source].outputs[output] for source, output in feed])
    except IndexError:
        # The structure links existing outputs alone, so one that is not there is unknown.
        return None
