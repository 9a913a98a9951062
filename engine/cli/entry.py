"""From the words of the command line to the command that they name."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType

from engine.cli import COMMANDS
from engine.cli.console import BAD_INPUT, INTERRUPTED, InputError, Parser, Window

PROGRAM = "convoscope"
EPILOG = """\
Without a command the designer opens, on PROJECT.convo if one is named.

examples:
  convoscope
  convoscope lenet5.convo
  convoscope train lenet5.convo --epochs 5
  convoscope COMMAND --help
"""


def main(arguments: Sequence[str], window: Window) -> int:
    """Do what the arguments (without the program's name) say; the exit code.

    2 for input that cannot be used, with one sentence on stderr; 130 when interrupted.
    """
    words = list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows a ?
    try:
        if not words or not (words[0] in COMMANDS or words[0].startswith("-")):
            return _open(words, window)
        return _command(words, window)
    except InputError as error:
        sys.stderr.write(f"{PROGRAM}: {' '.join(str(error).split())}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough; nothing more must be written, not even at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _open(words: list[str], window: Window) -> int:
    if len(words) > 1:
        raise InputError(f"one file can be opened at a time, not {len(words)}.")
    if words and not Path(words[0]).exists():
        close = get_close_matches(words[0], COMMANDS, 1)
        hint = f"did you mean {close[0]}?" if close else f"see {PROGRAM} --help."
        raise InputError(f"{words[0]!r} is neither a file nor a command; {hint}")
    return window.open(words)


def _command(words: list[str], window: Window) -> int:
    parser = Parser(
        prog=PROGRAM,
        description="Draw a convolutional network, train it, look inside, take it away as PyTorch code.",
        epilog=EPILOG,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for name in COMMANDS:
        module = import_module(f"engine.cli.{name.replace('-', '_')}")
        configured = commands.add_parser(
            name, help=module.HELP, description=module.HELP, epilog=f"examples:\n{module.EXAMPLES}"
        )
        configured.set_defaults(command=module)
        module.configure(configured)
    try:
        chosen = parser.parse_args(words)
    except SystemExit as exit:
        return int(exit.code or 0)
    command: ModuleType = chosen.command
    return command.run(chosen, window)
