"""`bench`: the program's own speed, and what its training comes to, in numbers that can be compared."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli.console import InputError, Window, add_json, console, show_json

HELP = "Measure how fast the program is on this machine, and how well it trains."
EXAMPLES = """\
  convoscope bench startup
  convoscope bench analysis --json
  convoscope bench canvas --json
  convoscope bench train --data ../data/mnist --data ../data/cifar-10-batches-bin --json
  convoscope bench accuracy --data ../data/cifar-10-batches-bin --seeds 5"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("startup", "analysis", "canvas", "train", "accuracy"),
        help="startup: the window against `import torch`; analysis: shapes and counts of large nets; "
        "canvas: gestures, painting and layout with 520 and 5,000 nodes; "
        "train: the trainer against the best loop and the tutorials' loop, in some five minutes; "
        "accuracy: ResNet-8 on CIFAR-10 by its template, and by plain PyTorch with the same recipe",
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
        "downloaded, or images by chance; accuracy: those of CIFAR-10",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="train, accuracy: only see that it works, in some seconds",
    )
    parser.add_argument(
        "--seeds", type=int, default=3, metavar="N", help="accuracy: runs of each of the two"
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
    elif arguments.what == "accuracy":
        from engine.cli.bench_accuracy import measure, show

        if arguments.seeds < 1:
            raise InputError(f"--seeds must be 1 or more, not {arguments.seeds}.")
        found = measure(arguments.data, arguments.seeds, arguments.quick)
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
