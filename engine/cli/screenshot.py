"""`screenshot`: the window, or its canvas, as a PNG."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from engine.cli.console import InputError, Window, console, load

HELP = "Draw the designer's window, or its canvas, to a PNG."
EXAMPLES = """\
  convoscope screenshot lenet5.convo --to lenet5.png
  convoscope screenshot lenet5.convo --to lenet5.png --canvas --theme dark --size 1600x1000
  convoscope screenshot --gallery docs

No display is needed."""
SMALLEST, LARGEST = 200, 8000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", metavar="PROJECT.convo", type=Path, nargs="?", help="the network's file"
    )
    parser.add_argument("--to", type=Path, metavar="FILE.png", help="what to write")
    parser.add_argument("--canvas", action="store_true", help="the canvas alone")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument(
        "--size", default="1440x900", metavar="WxH", help="in pixels (1440x900)", type=size
    )
    parser.add_argument(
        "--gallery", type=Path, metavar="DIR", help="all pictures of the documentation instead"
    )


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Write the picture, or all of the documentation's."""
    if arguments.gallery is not None:
        if arguments.project is not None or arguments.to is not None:
            raise InputError("--gallery draws its own networks; leave PROJECT.convo and --to away.")
        for path in window.gallery(arguments.gallery):
            console().print(f"wrote {path}", soft_wrap=True)
        return 0
    if arguments.project is None or arguments.to is None:
        raise InputError("name a PROJECT.convo and the picture to write with --to FILE.png.")
    to: Path = arguments.to
    if to.suffix.lower() != ".png":
        raise InputError(f"{to} does not end in .png; name the PNG to write.")
    if not to.parent.is_dir():
        raise InputError(f"{to} cannot be written: there is no folder {to.parent}.")
    project = load(arguments.project)
    window.screenshot(project, to, arguments.theme, arguments.size, arguments.canvas)
    console().print(f"wrote {to}", soft_wrap=True)
    return 0


def size(text: str) -> tuple[int, int]:
    """(width, height) in pixels from `1440x900`."""
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    numbers = tuple(map(int, match.groups())) if match else ()
    if len(numbers) != 2 or not all(SMALLEST <= number <= LARGEST for number in numbers):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a width and height from {SMALLEST} to {LARGEST} such as 1440x900"
        )
    return numbers[0], numbers[1]
