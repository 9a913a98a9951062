"""`export`: the network as a Python file that needs torch alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import InputError, Window, add_project, console, load

HELP = "Write a network as a PyTorch file, with a run's weights beside it."
EXAMPLES = """\
  convoscope export lenet5.convo --to lenet5.py
  convoscope export lenet5.convo --to lenet5.py --run runs/first

The file imports with torch alone; build() makes the network. With --run the weights are written
beside it with the same stem, lenet5.safetensors, and load with strict=True."""


def configure(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--to", required=True, type=Path, metavar="FILE.py", help="what to write")
    parser.add_argument("--run", type=Path, metavar="DIR", help="the run whose weights go along")


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Write the files."""
    from engine.interop.export import ExportError, export

    project = load(arguments.project)
    try:
        written = export(project, arguments.to, arguments.run)
    except ExportError as error:
        raise InputError(str(error)) from None
    screen = console()
    for path in written:
        screen.print(f"wrote {path}", soft_wrap=True)
    return 0
