"""DataChoice: which images a project learns from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DataChoice:
    """A built-in dataset by name, or one in a folder (`folder` empty: built-in or downloaded)."""

    name: str = "digits"
    folder: str = ""
