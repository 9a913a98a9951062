"""`summary`: every node with shape, parameters, cost and receptive field."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.analysis import Analysis, Problem
from engine.cli.console import (
    Window,
    add_json,
    add_project,
    console,
    count,
    load,
    scaled,
    show_json,
)
from engine.network.project import Project

HELP = "Show the shapes, parameters and cost of every node."
EXAMPLES = """\
  convoscope summary lenet5.convo
  convoscope summary lenet5.convo --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the summary; 0 even where the network has problems, which are part of it."""
    from engine.analysis import analyse

    path: Path = arguments.project
    project = load(path)
    analysis = analyse(project)
    if arguments.json:
        show_json(summary(project, analysis))
    else:
        _print(project, analysis)
    return 0


def summary(project: Project, analysis: Analysis) -> dict[str, Any]:
    """The summary for programs. Shapes are one sample's, unknown ones empty; a receptive field is
    [height, width] in pixels, or null where none is known.
    """
    return {
        "parameters": analysis.parameters,
        "macs": analysis.macs,
        "nodes": [_node(project, analysis, name) for name in _names(project, analysis)],
        "problems": [problem(item) for item in analysis.problems],
    }


def problem(item: Problem) -> dict[str, Any]:
    """A problem for programs."""
    return {
        "node": item.node,
        "parameter": item.parameter,
        "severity": item.severity,
        "message": item.message,
        "fixes": [fix.label for fix in item.fixes],
    }


def _names(project: Project, analysis: Analysis) -> list[str]:
    """In the order of computing; what is on a cycle last."""
    known = set(analysis.order)
    return [*analysis.order, *(name for name in project.network.nodes if name not in known)]


def _node(project: Project, analysis: Analysis, name: str) -> dict[str, Any]:
    report = analysis.nodes[name]
    field = analysis.receptive(name)
    return {
        "name": name,
        "kind": project.network.nodes[name].kind,
        "output": list(report.outputs[0]) if report.outputs else [],
        "parameters": report.parameters,
        "macs": report.macs,
        "receptive_field": list(field.size) if field else None,
    }


def _print(project: Project, analysis: Analysis) -> None:
    from rich.table import Table

    screen = console()
    table = Table(title=project.name, title_justify="left", title_style="bold")
    table.add_column("node", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for heading in ("output", "parameters", "MACs", "receptive field"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name in _names(project, analysis):
        node = _node(project, analysis, name)
        field = node["receptive_field"]
        table.add_row(
            name,
            node["kind"],
            "×".join(map(str, node["output"])) or "?",
            count(node["parameters"]),
            count(node["macs"]),
            " × ".join(map(str, field)) + " px" if field else "",
        )
    # In full, however narrow the terminal: a number that is cut short is a wrong one.
    whole = screen.measure(table, options=screen.options.update(width=10_000)).maximum
    screen.width = max(screen.width, whole)
    screen.print(table)
    screen.print(
        f"{count(analysis.parameters)} parameters · {scaled(analysis.macs, ' MACs')} · "
        f"{scaled(analysis.memory, 'B')} of activations for one image"
    )
    for item in analysis.problems:
        screen.print(f"{item.severity}: {item.message}", soft_wrap=True)
