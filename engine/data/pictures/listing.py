"""Which image files there are, and of which class each is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.data.dataset import DataError
from engine.data.parting import CHECK, TEST, TRAIN

ENDINGS = (
    ".jpg",
    ".jpeg",
    ".png",
    ".bmp",
    ".gif",
    ".webp",
    ".tif",
    ".tiff",
    ".ppm",
    ".pgm",
    ".pnm",
)
"""What the names of image files end with, in small letters."""
_PATHS = ("path", "file", "filename", "image", "image_path", "file_name")
_LABELS = ("label", "class", "category", "target")
_SPLITS = ("split", "set", "subset")


@dataclass(frozen=True)
class Listing:
    """Image files by path from `root`, and the class of each.

    The first `train` are learned from, the next `validation` are checked on, and the others for testing.
    """

    root: Path
    classes: tuple[str, ...]
    paths: Sequence[str]
    labels: Sequence[int]
    train: int
    validation: int = 0

    @property
    def before_test(self) -> int:
        """How many images are not for testing; they come first."""
        return self.train + self.validation

    @property
    def test(self) -> int:
        """How many images are for testing."""
        return len(self.paths) - self.before_test


def list_folder(root: Path) -> Listing:
    """The images of a folder with a folder per class, or with `train`, `val` and `test` of such.

    The classes are the folders' names in alphabetical order; raises `DataError`.
    """
    train, check, test = _parts(root)
    classes = tuple(_folders(train))
    if len(classes) < 2:
        raise DataError(_too_few(train, len(classes)))
    paths, labels = _gather(root, train, classes)
    counts = [len(paths)]
    for part in (check, test):
        if part is not None:
            unknown = [name for name in _folders(part) if name not in classes]
            if unknown:
                raise DataError(
                    f"{part / unknown[0]} is of a class that {train} has not; give both the same folders."
                )
            more, numbers = _gather(root, part, classes)
            paths, labels = paths + more, labels + numbers
        counts.append(len(paths) - sum(counts))
    return Listing(root, tuple(map(readable, classes)), paths, labels, counts[0], counts[1])


def readable(name: str) -> str:
    """A file's name as it can be written down: what is no UTF-8 in it becomes a mark of replacement."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def holds_classes(root: Path) -> bool:
    """Whether `root` looks like a folder of images by class."""
    return root.is_dir() and len(_folders(_parts(root)[0], 2)) == 2


def lacking(root: Path) -> str:
    """What a folder with some images lacks to be learned from, in one sentence; empty: it has none, or
    lacks nothing.
    """
    if not root.is_dir() or next(_images(root), None) is None:
        return ""
    train = _parts(root)[0]
    found = len(_folders(train, 2))
    return _too_few(train, found) if found < 2 else ""


def _too_few(folder: Path, found: int) -> str:
    return (
        f"{folder} has {found} folder{'' if found == 1 else 's'} with images, but there must be one for "
        "each of 2 or more classes; put the images of each class into a folder named after it."
    )


def _parts(root: Path) -> tuple[Path, Path | None, Path | None]:
    """The folders to learn from, to check on and to test on, where there are some."""
    named = {path.name.lower(): path for path in part_folders(root)}

    def first(names: Sequence[str]) -> Path | None:
        # A test folder without classes has nothing to compare with.
        folders = (named[name] for name in names if name in named)
        return next((folder for folder in folders if _folders(folder, 1)), None)

    train = first(TRAIN)
    if train is None:
        return root, None, None
    return train, first(CHECK), first(TEST)


def part_folders(root: Path) -> list[Path]:
    """The folders in `root` that bear the name of a part; none where it cannot be read."""
    try:
        with os.scandir(root) as entries:
            found = [
                e.path for e in entries if e.name.lower() in (*TRAIN, *CHECK, *TEST) and e.is_dir()
            ]
    except OSError:
        return []
    return sorted(map(Path, found))


def _folders(root: Path, most: int = 1 << 30) -> list[str]:
    """The names of at most so many folders with images in them, sorted."""
    try:
        with os.scandir(root) as entries:
            names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    except OSError as error:
        raise DataError(
            f"{root} cannot be read: {error.strerror}; choose another folder."
        ) from error
    found: list[str] = []
    for name in names:
        if len(found) < most and next(_images(root / name), None) is not None:
            found.append(name)
    return found


def _gather(root: Path, part: Path, classes: Sequence[str]) -> tuple[list[str], list[int]]:
    paths: list[str] = []
    labels: list[int] = []
    for number, name in enumerate(classes):
        if not (part / name).is_dir():
            continue
        found = sorted(path[len(str(root)) + 1 :] for path in _images(part / name))
        paths += found
        labels += [number] * len(found)
    return paths, labels


def _images(folder: Path | str) -> Iterator[str]:
    """The image files in a folder and in those within, but for hidden ones."""
    within: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name[0] == ".":
                    continue
                # There are a thousand times as many images as folders: those are asked for first.
                if name[-4:] in ENDINGS or name.lower().endswith(ENDINGS):
                    yield entry.path
                elif entry.is_dir(follow_symlinks=False):
                    within.append(entry.path)
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}; take it out.") from error
    for inner in within:
        yield from _images(inner)


def list_table(file: Path) -> Listing:
    """The images that a CSV file names: a path, from the file's folder, and a label in every row.

    A heading may name the columns, and a third one, `split`: rows of `train` are learned from, those of
    `val` are checked on, and those of `test` are for testing. Without one the first column is the path, the
    second the label. Raises `DataError` naming the row.
    """
    import csv

    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            sample = opened.readline()
            opened.seek(0)
            rows = list(csv.reader(opened, delimiter=max(",;\t", key=sample.count)))
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is no text in UTF-8; save it again as UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise DataError(f"{file} cannot be read: {error}; save it again as CSV.") from error
    path, label, split, first = _columns(file, rows)
    heads = [name.strip() for name in rows[0]]
    trained: list[tuple[str, str]] = []
    checked: list[tuple[str, str]] = []
    tested: list[tuple[str, str]] = []
    for number, row in enumerate(rows[first:], first + 1):
        if not any(map(str.strip, row)):
            continue
        if len(row) <= max(path, label, split) or not row[path].strip() or not row[label].strip():
            raise DataError(
                f"{file} has no path and label in row {number} ({','.join(row)[:60]!r}); fill it in "
                "or take it out."
            )
        word = row[split].strip().lower() if split >= 0 else TRAIN[0]
        if word not in (*TRAIN, *CHECK, *TEST):
            raise DataError(
                f"{file} has the {heads[split]} {word[:60]!r} in row {number}, but {TRAIN[0]}, {CHECK[0]} "
                f"or {TEST[0]} is expected; mend it."
            )
        part = trained if word in TRAIN else checked if word in CHECK else tested
        part.append((_here(file.parent, row[path].strip()), row[label].strip()))
    classes = _sorted({label for _, label in trained})
    if len(classes) < 2:
        raise DataError(
            f"{file} names {len(classes)} class{'' if len(classes) == 1 else 'es'} to learn, but there "
            "must be 2 or more; check its column of labels."
        )
    numbers = {name: number for number, name in enumerate(classes)}
    unknown = next((label for _, label in checked + tested if label not in numbers), None)
    if unknown is not None:
        raise DataError(
            f"{file} has test images of the class {unknown!r}, but none to learn it from; add some "
            "or take them out."
        )
    rows_of = trained + checked + tested
    labels = [numbers[label] for _, label in rows_of]
    paths = [path for path, _ in rows_of]
    return Listing(file.parent, classes, paths, labels, len(trained), len(checked))


def _here(folder: Path, path: str) -> str:
    """A path that was written on Windows as it is written here, where that is another way."""
    if "\\" not in path or os.sep == "\\" or "\0" in path or (folder / path).exists():
        return path
    return path.replace("\\", "/")


def _columns(file: Path, rows: list[list[str]]) -> tuple[int, int, int, int]:
    """The numbers of the columns of paths, labels and splits (-1: none), and of the first row."""
    if not rows:
        raise DataError(f"{file} is empty; give every image a row with its path and its label.")
    heads = [name.strip().lower() for name in rows[0]]
    found = [
        next((heads.index(name) for name in names if name in heads), -1)
        for names in (_PATHS, _LABELS, _SPLITS)
    ]
    if found[0] >= 0 and found[1] >= 0:
        return found[0], found[1], found[2], 1
    if len(heads) < 2 or heads[0].endswith(ENDINGS) is False:
        raise DataError(
            f"{file} begins with {','.join(rows[0])[:60]!r}, but a heading such as 'path,label' is "
            "expected, or the path of an image and its label; mend its first row."
        )
    return 0, 1, -1, 0


def _sorted(names: set[str]) -> tuple[str, ...]:
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=int))
    return tuple(sorted(names))
