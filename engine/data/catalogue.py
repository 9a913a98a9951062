"""Every dataset by name, and the two questions people ask: what is it, and give me its images."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.choice import NO_DATA, DataChoice
from engine.data.dataset import DataError, Dataset, Progress

if TYPE_CHECKING:
    from engine.data.images import Images


@cache
def catalogue() -> Mapping[str, Dataset]:
    """The datasets by name: those that need no download, the others, and last a person's own."""
    from engine.data import datasets

    found: list[Dataset] = []
    for module in pkgutil.iter_modules(datasets.__path__):
        found.append(importlib.import_module(f"{datasets.__name__}.{module.name}").DATASET)
    return {
        item.name: item
        for item in sorted(found, key=lambda item: (item.own, bool(item.files), item.name))
    }


def describe(choice: DataChoice) -> Dataset:
    """The facts about a dataset without reading its images; raises `DataError` for an unknown one,
    for own images that are not there, and where no data is chosen.
    """
    dataset = _named(choice)
    if not choice.folder:
        return dataset
    place = _place(dataset, choice)
    if not dataset.own:
        return dataset.described(place)
    from engine.data.memory import described

    return described(dataset, place)


def load(
    choice: DataChoice, shape: tuple[int, ...], progress: Progress = lambda message, fraction: None
) -> Images:
    """The images of a dataset, brought to `shape` (channels, height, width); raises `DataError`."""
    dataset = _named(choice)
    folder = _place(dataset, choice) if choice.folder else None
    if folder is not None:
        if not dataset.own and not folder.is_dir():
            raise DataError(
                f"{folder} is not a folder; choose another for {dataset.title}, "
                f"or none to use {'the downloaded' if dataset.files else 'the built-in'} images."
            )
        dataset = dataset.described(folder)
    progress(f"Reading {dataset.title}", 0.0)
    return dataset.images(folder, shape, progress)


def choose(text: str) -> DataChoice:
    """The choice that a person named; raises `DataError`.

    That is a dataset's name, a folder with one's files, a folder or file with own images, or
    `NAME=PATH` where the path alone does not tell which dataset it is.
    """
    if text in catalogue():
        return DataChoice(text)
    shown = text.encode(errors="surrogateescape").decode(errors="replace")
    if shown != text:
        raise DataError(
            f"{shown} has a name that is no UTF-8, but projects are written in UTF-8; rename it."
        )
    name, equals, path = text.partition("=")
    if equals and name in catalogue():
        return DataChoice(name, str(Path(path).expanduser().absolute()))
    place = Path(text).expanduser()
    if not place.exists():
        raise DataError(
            f"{text!r} is neither a dataset ({', '.join(catalogue())}) nor a folder with one's "
            "files, nor a file of images."
        )
    for dataset in catalogue().values():
        if dataset.recognises(place):
            return DataChoice(dataset.name, str(place.absolute()))
    raise DataError(_unknown(place))


def _unknown(place: Path) -> str:
    """Why a file or folder cannot be any dataset, and what can, in one sentence."""
    from engine.data.pictures.listing import lacking

    if place.is_file():
        folder = place.absolute().parent
        for dataset in catalogue().values():
            if dataset.own and not dataset.endings and dataset.recognises(folder):
                return f"{place} is a file, but {dataset.title} are read from their folder; name {folder}."
    lack = lacking(place)
    if lack:
        return lack
    published = ", ".join(item.title for item in catalogue().values() if item.files)
    own = "; ".join(item.wanted for item in catalogue().values() if item.own)
    return (
        f"{place} holds the files of no known dataset ({published}) and no own images; choose one with "
        f"such files, or {own}."
    )


def _named(choice: DataChoice) -> Dataset:
    if choice.name == NO_DATA:
        raise DataError(f"No data is chosen; choose one of {', '.join(catalogue())}.")
    dataset = catalogue().get(choice.name)
    if dataset is None:
        raise DataError(
            f"There is no dataset {choice.name!r}; choose one of {', '.join(catalogue())}."
        )
    if dataset.own and not choice.folder:
        raise DataError(f"{dataset.title} is not chosen yet; choose {dataset.wanted}.")
    return dataset


def _place(dataset: Dataset, choice: DataChoice) -> Path:
    place = Path(choice.folder)
    if dataset.own and not place.exists():
        raise DataError(f"{place} is not there; choose {dataset.wanted}.")
    return place
