"""`datasets`: what there is to learn from, and what one of them holds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from engine.cli.console import InputError, Window, add_json, console, count, show_json

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.images import Images
    from engine.data.survey import Survey

HELP = "List the datasets there are, or look through one."
EXAMPLES = """\
  convoscope datasets
  convoscope datasets digits
  convoscope datasets photos --json

Looking through one tells the images of each class, the values of the channels, and images that are in
it twice: learned from and tested on, or with different labels."""

MOST_CLASSES = 20
"""Classes that are listed to people; programs are told all."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", nargs="?", metavar="NAME|PATH", help="a dataset's name, or own images"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the datasets, or what the one that is named holds."""
    if arguments.data is not None:
        return look_through(arguments.data, arguments.json)
    from engine.data import catalogue

    found = list(catalogue().values())
    if arguments.json:
        show_json([facts(item) for item in found])
        return 0
    from rich.table import Table

    table = Table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it shows")
    for heading in ("image", "classes", "training", "test"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("from")
    for item in found:
        if item.own:
            table.add_row(item.name, item.purpose, "", "", "", "", "your own")
            continue
        table.add_row(
            item.name,
            item.purpose,
            "×".join(map(str, item.shape)),
            str(len(item.classes)),
            count(item.train_images),
            count(item.test_images),
            "a download, or a folder with its files" if item.files else "built in",
        )
    console().print(table)
    return 0


def facts(item: Dataset) -> dict[str, object]:
    """A dataset's description, for programs."""
    return {
        "name": item.name,
        "title": item.title,
        "purpose": item.purpose,
        "shape": None if item.own and not item.classes else list(item.shape),
        "classes": list(item.classes),
        "train_images": item.train_images,
        "validation_images": item.validation_images,
        "test_images": item.test_images,
        "built_in": not (item.files or item.own),
        "own": item.own,
        "licence": item.licence,
        "source": item.source,
    }


def look_through(name: str, as_json: bool) -> int:
    """Read a dataset at its own size and print what it holds."""
    from engine.data import DataError, choose, describe, load
    from engine.data.survey import survey
    from engine.recipe.recipe import Recipe

    try:
        choice = choose(name)
        item = describe(choice)
        images = load(choice, item.shape)
    except DataError as error:
        raise InputError(str(error)) from None
    found = survey(images, Recipe().validation)
    if as_json:
        show_json(facts(item) | details(images, found))
        return 0
    show(item, images, found)
    return 0


def details(images: Images, found: Survey) -> dict[str, object]:
    """What a dataset holds, for programs."""
    return {
        "balance": {
            name: dict(zip(("training", "validation", "test"), row, strict=True))
            for name, row in zip(images.classes, found.balance.tolist(), strict=True)
        },
        "mean": list(found.channels.mean),
        "std": list(found.channels.std),
        "low": list(found.channels.low),
        "high": list(found.channels.high),
        "leaks": found.leaks.tolist(),
        "test_leaks": found.test_leaks.tolist(),
        "disagreements": found.disagreements.tolist(),
        "remarks": list(images.remarks),
    }


def show(item: Dataset, images: Images, found: Survey) -> None:
    """What a dataset holds, for people."""
    from rich.markup import escape
    from rich.table import Table

    screen = console()
    table = Table("class")
    for heading in ("training", "validation", "test"):
        table.add_column(heading, justify="right")
    for name, row in list(zip(images.classes, found.balance.tolist(), strict=True))[:MOST_CLASSES]:
        table.add_row(escape(name), *map(count, row))
    if len(images.classes) > MOST_CLASSES:
        table.add_row(f"{len(images.classes) - MOST_CLASSES:,} more", "", "", "")
    screen.print(table)
    values = found.channels
    for channel, low in enumerate(values.low):
        screen.print(
            f"channel {channel}: mean {values.mean[channel]:.4f}, deviation {values.std[channel]:.4f} "
            f"(of value / 255), {low} to {values.high[channel]}",
            highlight=False,
        )
    told = (
        (found.leaks, "Validation images that are also learned from"),
        (found.test_leaks, "Test images that are also learned from"),
        (found.disagreements, "Images that are there again with another label"),
    )
    for pairs, sentence in told:
        if len(pairs):
            first, second = pairs[0].tolist()
            screen.print(
                f"{sentence}: {len(pairs):,}, the first {second:,} (the same as {first:,})",
                highlight=False,
            )
    if not any(len(pairs) for pairs, _ in told):
        screen.print(f"{item.title} has no image in two parts or with two labels.", highlight=False)
    for remark in images.remarks[:MOST_CLASSES]:
        screen.print(remark, soft_wrap=True, markup=False, highlight=False)
