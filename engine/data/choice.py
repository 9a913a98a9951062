"""DataChoice: which images a project learns from."""

from __future__ import annotations

from dataclasses import dataclass

NO_DATA = "none"
"""The name of no dataset: the network is only drawn, measured and exported."""


@dataclass(frozen=True)
class DataChoice:
    """A built-in dataset by name, or one in a folder (`folder` empty: built-in or downloaded).

    `name` may be `NO_DATA`.
    """

    name: str = "digits"
    folder: str = ""
