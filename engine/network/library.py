"""A person's own blocks: `.convo` files that hold a block, in the data folder, for use in any project."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine.data.home import home
from engine.network.clipboard import add_block, copy_block
from engine.network.errors import EditError, StorageError
from engine.network.project import Project
from engine.network.storage import load, loads, save


@dataclass(frozen=True, slots=True)
class Kept:
    """A block that is kept: its name, what it is for, and its file."""

    name: str
    help: str
    path: Path


def folder() -> Path:
    """Where the files are; may not exist yet."""
    return home() / "blocks"


def kept() -> tuple[Kept, ...]:
    """The blocks that are kept, by name; files that cannot be read are left out."""
    found = [block for path in sorted(folder().glob("*.convo")) if (block := _glance(path))]
    return tuple(sorted(found, key=lambda block: block.name.lower()))


def keep(project: Project, block: str) -> Path:
    """Write a block, with those inside it, to a file of its own; an equal one is there already.

    Raises `StorageError` where that cannot be done.
    """
    copied = loads(copy_block(project, block))
    path, number = folder() / f"{block}.convo", 1
    while path.exists():
        if _same(path, copied):
            return path
        number += 1
        path = folder() / f"{block}_{number}.convo"
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder()} cannot be made: {error.strerror}.") from None
    save(copied, path)
    return path


def bring(project: Project, path: Path) -> tuple[Project, str]:
    """The project with a kept block in it, and the name that it has there.

    Raises `StorageError` for a file that cannot be read, `EditError` where it holds no block.
    """
    held = load(path)
    if not held.network.blocks:
        raise EditError(f"{path.name} holds no block.")
    before = set(project.network.blocks)
    grown = add_block(project, path.read_text(encoding="utf-8"))
    new = [name for name in grown.network.blocks if name not in before]
    wanted = _main(held)
    # A name that was taken by another block is changed; an equal block is there already.
    same = grown.network.blocks.get(wanted) == held.network.blocks[wanted]
    return grown, wanted if same or not new else _likest(new, wanted)


def forget(path: Path) -> None:
    """Take a block out; its file goes to the folder's `removed`, where it can be fetched back from."""
    removed = folder() / "removed"
    try:
        removed.mkdir(parents=True, exist_ok=True)
        path.replace(removed / path.name)
    except OSError as error:
        raise StorageError(f"{path} cannot be removed: {error.strerror}.") from None


def _main(held: Project) -> str:
    """The block that a file is about, which the project in it is called after."""
    return held.name if held.name in held.network.blocks else list(held.network.blocks)[-1]


def _likest(names: list[str], wanted: str) -> str:
    return next((name for name in names if name.startswith(wanted)), names[-1])


def _same(path: Path, copied: Project) -> bool:
    try:
        return load(path) == copied
    except StorageError:
        return False


def _glance(path: Path) -> Kept | None:
    """Name and help in a file; reading it whole can wait until it is used."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        name = str(content["name"])
        return Kept(name, str(content["blocks"][name].get("help", "")), path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
