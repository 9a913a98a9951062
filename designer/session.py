"""Session: what is remembered from one start of the program to the next, in the user's data folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.data.home import home
from engine.network.storage import replace_file


@dataclass(frozen=True)
class Session:
    """The file that was open (empty: none), whether it had unsaved changes, and recent files."""

    path: str = ""
    modified: bool = False
    recent: tuple[str, ...] = ()

    def write(self) -> None:
        """Remember it; raises `OSError`."""
        home().mkdir(parents=True, exist_ok=True)
        replace_file(_note(), json.dumps(asdict(self), indent=1).encode())


def read() -> Session:
    """What was noted last; a missing or damaged note is an empty session."""
    try:
        note = json.loads(_note().read_text(encoding="utf-8"))
        recent = tuple(name for name in note.get("recent", ()) if isinstance(name, str))
        return Session(str(note.get("path", "")), note.get("modified") is True, recent)
    except (OSError, ValueError, AttributeError, TypeError):
        return Session()


def unsaved_file() -> Path:
    """Where the open network lies while it has unsaved changes."""
    return home() / "session.convo"


def replaced_folder() -> Path:
    """Where networks lie that were replaced by others before they were saved."""
    return home() / "unsaved"


def _note() -> Path:
    return home() / "session.json"
