"""About: what a person says of a run, in a file of its own, since the trainer rewrites `run.json`.

about.json lies in the run directory: `name`, `note` and `tags`. A run without it has none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, cast

from engine.network.storage import reason, replace_file
from engine.training.rundir import RunDirectory, RunError

LONGEST_NAME = 120
LONGEST_NOTE = 4_000
LONGEST_TAG = 40
MOST_TAGS = 20
"""Characters of each, and tags of one run, at most; what is beyond is cut off."""


@dataclass(frozen=True)
class About:
    """The name, note and tags that a person gave a run; each may be empty."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


def read_about(run: RunDirectory) -> About:
    """What was said of a run; raises `RunError` for a file that cannot be read."""
    file = run.about_file
    try:
        values: Any = json.loads(file.read_bytes())
    except FileNotFoundError:
        return About()
    except OSError as error:
        raise RunError(f"{file} cannot be read: {reason(error)}.") from None
    except (ValueError, RecursionError):
        raise RunError(f"{file} is damaged; name the run again to replace it.") from None
    if not isinstance(values, dict):
        raise RunError(f"{file} is damaged; name the run again to replace it.")
    found = cast("dict[str, Any]", values)
    words: Any = found.get("tags", [])
    tags = cast("list[Any]", words) if isinstance(words, list) else []
    return About(
        one_line(str(found.get("name", "")), LONGEST_NAME),
        str(found.get("note", ""))[:LONGEST_NOTE],
        tidy_tags(map(str, tags)),
    )


def write_about(run: RunDirectory, about: About) -> None:
    """Say this of a run; the file is replaced as a whole. Raises `RunError`."""
    text = json.dumps(asdict(about), indent=2, ensure_ascii=False)
    try:
        replace_file(run.about_file, f"{text}\n".encode(errors="replace"))
    except OSError as error:
        raise RunError(f"{run.about_file} cannot be written: {reason(error)}.") from None


def change_about(
    run: RunDirectory,
    name: str | None = None,
    note: str | None = None,
    tags: Iterable[str] | None = None,
) -> About:
    """Say something else of a run, tidied and cut to length; what is None stays. Raises `RunError`."""
    about = read_about(run)
    about = About(
        about.name if name is None else one_line(name, LONGEST_NAME),
        about.note if note is None else note.strip()[:LONGEST_NOTE],
        about.tags if tags is None else tidy_tags(tags),
    )
    write_about(run, about)
    return about


def tidy_tags(words: Iterable[str]) -> tuple[str, ...]:
    """Tags without blanks around them, each once, in the order in which they stand.

    A hash, with which a tag is looked for, is no part of it.
    """
    tidy = (one_line(word.replace(",", " ").lstrip(" #"), LONGEST_TAG) for word in words)
    return tuple(dict.fromkeys(word for word in tidy if word))[:MOST_TAGS]


def one_line(text: str, longest: int) -> str:
    """A text in one line, blanks made single, what does not print left out, cut to `longest` characters."""
    return "".join(filter(str.isprintable, " ".join(text.split())))[:longest]
