"""`layers`: the catalogue, or one layer in full."""

from __future__ import annotations

import argparse
import inspect
from typing import Any

from engine.cli.console import InputError, Window, add_json, console, show_json
from engine.fields import Choice, Field, Integer, Integers, Pair, Real, Reals, specs
from engine.layers.base import Layer

HELP = "List the layers there are, or show one with its parameters."
EXAMPLES = """\
  convoscope layers
  convoscope layers Conv2d
  convoscope layers --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", help="a layer's name, such as Conv2d")
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the catalogue, or one layer."""
    from engine.layers import catalogue

    kinds = catalogue.kinds()
    if arguments.kind is None:
        if arguments.json:
            show_json([describe(kind) for kind in kinds.values()])
        else:
            _print_all(list(kinds.values()))
        return 0
    wanted: str = arguments.kind
    found = next((name for name in kinds if name.lower() == wanted.lower()), "")
    if not found:
        from difflib import get_close_matches

        close = get_close_matches(wanted, kinds, 1)
        hint = f"did you mean {close[0]}?" if close else "see convoscope layers."
        raise InputError(f"there is no layer {wanted!r}; {hint}")
    if arguments.json:
        show_json(describe(kinds[found]))
    else:
        _print_one(kinds[found])
    return 0


def describe(kind: type[Layer]) -> dict[str, Any]:
    """A layer for programs."""
    return {
        "kind": kind.kind(),
        "family": kind.family,
        "purpose": kind.purpose,
        "reference": kind.reference,
        "inputs": list(kind.ports_in),
        "outputs": list(kind.ports_out),
        "parameters": [
            {
                "name": name,
                "default": kind.default(name),
                "allowed": allowed(spec),
                "unit": spec.unit,
                "help": spec.help,
            }
            for name, spec in specs(kind).items()
        ],
    }


def allowed(spec: Field) -> str:
    """The values that a parameter takes, in words."""
    match spec:
        case Choice():
            words = " or ".join(f"'{option}'" for option in spec.options)
        case Pair():
            words = f"{spec.allowed()}, or two of them (height, width)"
        case Integer() | Real() | Reals():
            words = spec.allowed()
        case Integers():
            words = (
                f"{spec.shortest} to {spec.longest} whole numbers "
                f"from {spec.low:,} to {spec.high:,}"
            )
        case _:
            words = "true or false"
    return f"{words}, or none: {spec.none}" if spec.none else words


def _print_all(kinds: list[type[Layer]]) -> None:
    from rich.table import Table

    table = Table()
    table.add_column("family", no_wrap=True)
    table.add_column("layer", no_wrap=True)
    table.add_column("what it is for")
    before = ""
    for kind in kinds:
        if kind.family != before and before:
            table.add_section()
        family = kind.family if kind.family != before else ""
        before = kind.family
        table.add_row(family, kind.kind(), kind.purpose)
    console().print(table)


def _print_one(kind: type[Layer]) -> None:
    from rich.table import Table

    screen = console()
    screen.print(f"{kind.kind()} ({kind.family})", style="bold")
    screen.print(inspect.cleandoc(kind.__doc__ or kind.purpose))
    screen.print(f"Reference: {kind.reference}")
    if not specs(kind):
        screen.print("It has no parameters.")
        return
    table = Table()
    table.add_column("parameter", no_wrap=True)
    table.add_column("default", no_wrap=True)
    table.add_column("allowed")
    table.add_column("meaning")
    for name, spec in specs(kind).items():
        table.add_row(name, str(kind.default(name)), allowed(spec), spec.help)
    screen.print(table)
