"""The words by which people call the parts of their data, in names of folders, files and columns."""

from __future__ import annotations

import re

TRAIN = ("train", "training")
"""What is learned from."""
CHECK = ("val", "valid", "validation", "dev")
"""What is checked on after each epoch."""
TEST = ("test", "testing", "t10k", "holdout")
"""What is tested on at the end."""


def files_named(names: list[str], words: tuple[str, ...]) -> list[str]:
    """Those names of files that have one of the words in them, alone or with a number behind it."""
    return [name for name in names if any(word in words for word in _words(name))]


def _words(name: str) -> list[str]:
    found = re.split(r"[^a-z0-9]+", name.lower())
    return [word if word in TEST else word.rstrip("0123456789") for word in found]
