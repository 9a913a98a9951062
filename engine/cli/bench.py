"""`bench`: the program's own speed, in numbers that can be compared."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli.console import Window, add_json, console, show_json

HELP = "Measure how fast the program is on this machine."
EXAMPLES = """\
  convoscope bench startup
  convoscope bench analysis --json
  convoscope bench canvas --json
  convoscope bench train --data ../data/mnist --data ../data/cifar-10-batches-bin --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("startup", "analysis", "canvas", "train"),
        help="startup: the window against `import torch`; analysis: shapes and counts of large nets; "
        "canvas: gestures, painting and layout with 520 and 5,000 nodes; "
        "train: the trainer against the best loop and the tutorials' loop, in some five minutes",
    )
    parser.add_argument(
        "--display",
        action="store_true",
        help="canvas: show it on the display that there is, instead of off screen",
    )
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        action="append",
        default=[],
        help="train: the files of MNIST or of CIFAR-10 (once for each); without them those that were "
        "downloaded, or images by chance",
    )
    parser.add_argument(
        "--quick", action="store_true", help="train: only see that it works, in some seconds"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Measure, and print one number a metric."""
    found: Mapping[str, Any]
    show = None
    if arguments.what == "startup":
        from engine.cli.bench_startup import measure

        found = measure()
    elif arguments.what == "canvas":
        from engine.cli.bench_canvas import measure, show

        found = measure(arguments.display)
    elif arguments.what == "train":
        from engine.cli.bench_train import measure, show

        found = measure(arguments.data, arguments.quick)
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
