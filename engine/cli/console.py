"""What all commands share: options with examples, sentences to people, JSON to programs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from engine.network.project import Project

if TYPE_CHECKING:
    from rich.console import Console

BAD_INPUT = 2
"""Exit code for input that cannot be used; 0 is success, 1 an answer that is not the hoped-for one."""
INTERRUPTED = 130


class InputError(Exception):
    """Input that cannot be used, in one sentence."""


class Window(Protocol):
    """What `main.py` can have the designer do; the engine itself knows no window."""

    def open(self, arguments: list[str]) -> int:
        """Run the designer, on a file if one is named; the exit code."""
        ...

    def screenshot(
        self, project: Project, to: Path, style: str, size: tuple[int, int], canvas_only: bool
    ) -> None:
        """Draw the window, or its canvas, to a PNG; raises `InputError`."""
        ...

    def gallery(self, folder: Path) -> list[Path]:
        """Draw the pictures of the documentation into a folder; raises `InputError`."""
        ...


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are written, and the options in one column."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("formatter_class", Formatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help.\n")


def add_project(parser: argparse.ArgumentParser) -> None:
    """The argument that names the `.convo` file."""
    parser.add_argument("project", metavar="PROJECT.convo", type=Path, help="the network's file")


def add_json(parser: argparse.ArgumentParser) -> None:
    """The switch that makes a command speak to programs."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def load(path: Path) -> Project:
    """The project in a file; raises `InputError`."""
    from engine.network import storage

    try:
        return storage.load(path)
    except storage.StorageError as error:
        raise InputError(str(error)) from None


def show_json(value: object, indent: int | None = 2) -> None:
    """Print a value as JSON, at once; other letters than ASCII are escaped where UTF-8 is not spoken."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, indent=indent, ensure_ascii=plain, allow_nan=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def console(to_stderr: bool = False) -> Console:
    """A place to print tables and progress; highlights nothing by itself and reads no markup."""
    from rich.console import Console

    return Console(stderr=to_stderr, highlight=False, markup=False, emoji=False)


def count(number: int) -> str:
    """A count with separators: `61,706`."""
    return f"{number:,}"


def scaled(number: float, unit: str) -> str:
    """A large number in short, `unit` set behind its letter: `0.42 M MACs` (of ` MACs`), `1.1 MB`."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size or (letter == "M" and abs(number) >= 1e5):
            return f"{number / size:.3g} {letter}{unit}"
    return f"{number:.0f} {unit.strip()}"
