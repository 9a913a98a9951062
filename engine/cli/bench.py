"""`bench`: the program's own speed, in numbers that can be compared."""

from __future__ import annotations

import argparse

from engine.cli.console import Window, add_json, console, show_json

HELP = "Measure how fast the program is on this machine."
EXAMPLES = """\
  convoscope bench startup
  convoscope bench analysis --json
  convoscope bench canvas --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("startup", "analysis", "canvas"),
        help="startup: the window against `import torch`; analysis: shapes and counts of large nets; "
        "canvas: gestures, painting and layout with 520 and 5,000 nodes",
    )
    parser.add_argument(
        "--display",
        action="store_true",
        help="canvas: show it on the display that there is, instead of off screen",
    )
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Measure, and print one number a metric."""
    show = None
    if arguments.what == "startup":
        from engine.cli.bench_startup import measure

        found = measure()
    elif arguments.what == "canvas":
        from engine.cli.bench_canvas import measure, show

        found = measure(arguments.display)
    else:
        from engine.cli.bench_analysis import measure

        found = measure()
    if arguments.json:
        show_json(found)
    elif show is not None:
        show(found)
    else:
        screen = console()
        for name, value in found.items():
            screen.print(f"{name:40} {value:12.4g}")
    return 0
