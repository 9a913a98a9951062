"""`check`: is the network sound?"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import Window, add_json, add_project, console, load, show_json
from engine.cli.summary import problem

HELP = "Say what is wrong with a network, and how to mend it."
EXAMPLES = """\
  convoscope check lenet5.convo
  convoscope check lenet5.convo --json

exit code: 0 when it can be trained, 1 when it has errors, 2 when the file cannot be read."""


def configure(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the problems; 0 when none is an error, else 1."""
    from engine.analysis import analyse

    path: Path = arguments.project
    analysis = analyse(load(path))
    if arguments.json:
        problems = [problem(item) for item in analysis.problems]
        show_json({"valid": analysis.valid, "problems": problems})
    else:
        screen = console()
        for item in analysis.problems:
            screen.print(f"{item.severity}: {item.message}", soft_wrap=True)
            for fix in item.fixes:
                screen.print(f"  fix: {fix.label}", soft_wrap=True)
        if analysis.valid:
            screen.print(f"{path} is valid: it can be trained.", soft_wrap=True)
    return 0 if analysis.valid else 1
