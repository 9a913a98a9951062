"""`datasets`: what there is to learn from."""

from __future__ import annotations

import argparse

from engine.cli.console import Window, add_json, console, count, show_json

HELP = "List the datasets there are."
EXAMPLES = """\
  convoscope datasets
  convoscope datasets --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the datasets."""
    from engine.data import catalogue

    found = list(catalogue().values())
    if arguments.json:
        show_json(
            [
                {
                    "name": item.name,
                    "title": item.title,
                    "purpose": item.purpose,
                    "shape": None if item.own else list(item.shape),
                    "classes": list(item.classes),
                    "train_images": item.train_images,
                    "test_images": item.test_images,
                    "built_in": not (item.files or item.own),
                    "own": item.own,
                    "licence": item.licence,
                    "source": item.source,
                }
                for item in found
            ]
        )
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
