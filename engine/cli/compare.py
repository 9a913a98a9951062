"""`compare`: what differs between two networks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.console import Window, add_json, console, count, load, scaled, show_json

if TYPE_CHECKING:
    from engine.design.compare import Changed, Comparison, Difference, Numbers

HELP = "Say what was added, removed and changed between two networks, and what it costs."
EXAMPLES = """\
  convoscope compare before.convo after.convo
  convoscope compare vgg16.convo vgg16_bn.convo --json

exit code: 0 when they are the same, 1 when they differ, 2 when a file cannot be read."""

SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~", "affected": "·"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="BEFORE.convo", type=Path, help="the network before")
    parser.add_argument("after", metavar="AFTER.convo", type=Path, help="the network after")
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the differences; 0 when there are none, else 1."""
    from engine.design.compare import compare

    before, after = load(arguments.before), load(arguments.after)
    found = compare(before, after)
    if arguments.json:
        show_json(comparison(found))
    else:
        _print(found, f"{before.name} → {after.name}")
    return 0 if found.same else 1


def comparison(found: Comparison) -> dict[str, Any]:
    """The comparison for programs. Memory is in bytes for one image, a receptive field [height,
    width] in pixels at the output, or null where none is known.
    """
    return {
        "same": found.same,
        "before": _numbers(found.before),
        "after": _numbers(found.after),
        "nodes": [_difference(item) for item in found.nodes],
        "blocks": [_difference(item) for item in found.blocks],
        "links_added": [[link.source, link.target] for link in found.links_added],
        "links_removed": [[link.source, link.target] for link in found.links_removed],
        "recipe": [_changed(item) for item in found.recipe],
        "data": [_changed(item) for item in found.data],
    }


def _numbers(numbers: Numbers | None) -> dict[str, Any] | None:
    if numbers is None:
        return None
    return {
        "output": list(numbers.output),
        "parameters": numbers.parameters,
        "macs": numbers.macs,
        "memory": numbers.memory,
        "receptive_field": list(numbers.receptive) if numbers.receptive else None,
    }


def _difference(item: Difference) -> dict[str, Any]:
    return {
        "status": item.status,
        "name": item.name,
        "before": item.before,
        "after": item.after,
        "kind": item.kind,
        "block": item.block,
        "changes": [_changed(change) for change in item.changes],
        "numbers_before": _numbers(item.numbers_before),
        "numbers_after": _numbers(item.numbers_after),
    }


def _changed(change: Changed) -> dict[str, Any]:
    return {"what": change.what, "before": change.before, "after": change.after}


def _print(found: Comparison, title: str) -> None:
    from rich.table import Table

    screen = console()
    if found.same:
        screen.print("They are the same network, trained in the same way.")
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in ("", "node", "kind", "what"):
        table.add_column(heading, no_wrap=heading != "what")
    for heading in ("parameters", "MACs", "memory"):
        table.add_column(heading, justify="right", no_wrap=True)
    for item in found.nodes:
        if item.status != "affected":
            table.add_row(SIGNS[item.status], item.name, item.kind, _what(item), *_costs(item))
    for item in found.blocks:
        table.add_row(SIGNS[item.status], item.name, "block", _what(item), "", "", "")
    whole = screen.measure(table, options=screen.options.update(width=10_000)).maximum
    screen.width = max(screen.width, min(whole, 160))
    if table.row_count:
        screen.print(table)
    for links, sign in ((found.links_added, "+"), (found.links_removed, "-")):
        for link in links:
            screen.print(f"{sign} link from {link.source} to {link.target}", soft_wrap=True)
    for name, changes in (("recipe", found.recipe), ("data", found.data)):
        for change in changes:
            screen.print(f"~ {name}: {_said(change)}", soft_wrap=True)
    affected = len(found.of("affected"))
    if affected:
        nodes = "1 node is" if affected == 1 else f"{count(affected)} nodes are"
        screen.print(f"{nodes} set as before, with other shapes or costs.")
    for line in _totals(found.before, found.after):
        screen.print(line)


def _what(item: Difference) -> str:
    renamed = [f"was {item.before}"] if item.status == "renamed" else []
    return ", ".join([*renamed, *map(_said, item.changes)])


def _said(change: Changed) -> str:
    return f"{change.what} {change.before} → {change.after}"


def _costs(item: Difference) -> tuple[str, str, str]:
    """How much more a node takes than before; empty where that is the same or not known."""
    before, after = item.numbers_before, item.numbers_after
    if before is None and after is None:
        return "", "", ""
    old = before[1:4] if before is not None else (0, 0, 0)
    new = after[1:4] if after is not None else (0, 0, 0)
    parameters, macs, memory = (b - a for a, b in zip(old, new, strict=True))
    return (
        f"{parameters:+,}" if parameters else "",
        f"{macs:+,}" if macs else "",
        f"{'+' if memory > 0 else ''}{scaled(memory, 'B')}" if memory else "",
    )


def _totals(before: Numbers, after: Numbers) -> list[str]:
    lines: list[str] = []
    for name, old, new in (
        ("parameters", before.parameters, after.parameters),
        ("MACs", before.macs, after.macs),
        ("bytes of activations", before.memory, after.memory),
    ):
        share = f", {(new - old) / old:+,.1%}" if old else ""
        lines.append(f"{name}: {count(old)} → {count(new)} ({new - old:+,}{share})")
    sizes = [
        "×".join(map(str, numbers.receptive)) + " px" if numbers.receptive else "unknown"
        for numbers in (before, after)
    ]
    lines.append(f"receptive field at the output: {sizes[0]} → {sizes[1]}")
    return lines
