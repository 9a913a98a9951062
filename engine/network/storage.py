"""`.convo` files: read strictly, written so that a crash leaves the old file or the new one.

A file is JSON. Its first key, `schema_version`, says how the rest is to be read; a file of an
earlier version is brought up to date by the functions in `MIGRATIONS`, one version at a time.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.network.errors import StorageError
from engine.network.project import Project
from engine.network.reading import Reader
from engine.network.strict_json import LARGEST, Json, parse
from engine.network.writing import SCHEMA_VERSION, write

__all__ = ["SCHEMA_VERSION", "StorageError", "dumps", "load", "loads", "save"]

Document = dict[str, Json]


def _loss_with_parameters(document: Document) -> Document:
    """From version 1, where the loss was the word `cross-entropy`, the only one there was."""
    recipe = document.get("recipe")
    if not isinstance(recipe, dict) or recipe.get("loss") != "cross-entropy":
        return document
    return {**document, "recipe": {**recipe, "loss": {"kind": "CrossEntropyLoss"}}}


_SCHEDULES = {"constant": "Constant", "cosine": "CosineAnnealingLR"}


def _schedule_with_parameters(document: Document) -> Document:
    """From version 2, where a schedule was one of two words, and Nesterov without momentum no error."""
    recipe = document.get("recipe")
    if not isinstance(recipe, dict):
        return document
    recipe = {**recipe}
    schedule, optimizer = recipe.get("schedule"), recipe.get("optimizer")
    if isinstance(schedule, str) and schedule in _SCHEDULES:
        recipe["schedule"] = {"kind": _SCHEDULES[schedule]}
    if isinstance(optimizer, dict) and optimizer.get("nesterov") and optimizer.get("momentum") == 0:
        recipe["optimizer"] = {**optimizer, "nesterov": False}
    return {**document, "recipe": recipe}


def _as_it_was(document: Document) -> Document:
    """From version 3, which had less: what is missing is as it is by default."""
    return document


MIGRATIONS: dict[int, Callable[[Document], Document]] = {
    1: _loss_with_parameters,
    2: _schedule_with_parameters,
    3: _as_it_was,
}
"""From a version's number to the function that makes a document of the next version."""


def dumps(project: Project) -> str:
    """The text of a `.convo` file: the same for equal projects, one node or link a line."""
    return write(project)


def loads(text: str) -> Project:
    """The project that a `.convo` text holds; raises `StorageError` for anything that is not valid."""
    document = parse(text)
    if not isinstance(document, dict):
        raise StorageError("it is not a Convoscope project")
    if "schema_version" not in document:
        raise StorageError("it has no schema_version, so it is not a Convoscope project")
    version = document["schema_version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise StorageError(
            f"schema_version must be a whole number from 1, not {json.dumps(version)[:60]}"
        )
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"it was made by a newer Convoscope (schema version {version}, this one reads up to "
            f"{SCHEMA_VERSION}); update Convoscope to open it"
        )
    if next(iter(document)) != "schema_version":
        raise StorageError("schema_version is not its first key")
    for old in range(version, SCHEMA_VERSION):
        document = MIGRATIONS[old](document)
    reader = Reader()
    project = reader.project(document)
    if reader.problems:
        path, message = reader.problems[0]
        more = len(reader.problems) - 1
        rest = f" ({more} more problem{'s' if more > 1 else ''} after it)" if more else ""
        raise StorageError(f"{path} {message}{rest}", tuple(reader.problems))
    return project


def load(path: str | Path) -> Project:
    """The project in a file; raises `StorageError` with one sentence that names file and place."""
    try:
        text = _read(Path(path))
        return loads(text)
    except StorageError as error:
        raise StorageError(f"{path} cannot be opened: {error}.", error.problems) from None
    except OSError as error:
        raise StorageError(f"{path} cannot be opened: {reason(error)}.") from None
    except ValueError:  # a NUL in the path
        raise StorageError(f"{str(path)!r} is not a path.") from None


def save(project: Project, path: str | Path) -> None:
    """Write a project to a file; raises `StorageError`, and then the old file is as it was.

    The text goes to a temporary file beside it, onto the disk, and only then takes the name.
    """
    data = dumps(project).encode("utf-8")
    try:
        replace_file(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise StorageError(f"{path} cannot be saved: {reason(error)}.") from None
    except ValueError:
        raise StorageError(f"{str(path)!r} is not a path.") from None


def _read(path: Path) -> str:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise StorageError("it is not a file")  # a pipe would be waited for
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise StorageError(f"it is larger than {LARGEST >> 20} MB, the most that is read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StorageError(
            f"byte {error.start:,} is not UTF-8 text, so it is not a Convoscope project"
        ) from None


def replace_file(path: Path, data: bytes) -> None:
    """Write a file as a whole: after a crash there is the old one or the new one. Raises `OSError`."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder onto the disk, where the system can."""
    if os.name == "posix":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def reason(error: OSError) -> str:
    """Why the system refused a file, as the end of a sentence."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, PermissionError):
        return "you have no permission"
    return (error.strerror or str(error)).lower()
