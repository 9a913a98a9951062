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
    """The datasets by name, those first that need no download."""
    from engine.data import datasets

    found: list[Dataset] = []
    for module in pkgutil.iter_modules(datasets.__path__):
        found.append(importlib.import_module(f"{datasets.__name__}.{module.name}").DATASET)
    return {
        item.name: item for item in sorted(found, key=lambda item: (bool(item.files), item.name))
    }


def describe(choice: DataChoice) -> Dataset:
    """The facts about a dataset without reading its images; raises `DataError` for an unknown one,
    and where no data is chosen.
    """
    if choice.name == NO_DATA:
        raise DataError("No data is chosen; choose a dataset, such as digits or shapes.")
    dataset = catalogue().get(choice.name)
    if dataset is None:
        raise DataError(
            f"There is no dataset {choice.name!r}; choose one of {', '.join(catalogue())}."
        )
    return dataset.described(Path(choice.folder)) if choice.folder else dataset


def load(
    choice: DataChoice, shape: tuple[int, ...], progress: Progress = lambda message, fraction: None
) -> Images:
    """The images of a dataset, brought to `shape` (channels, height, width); raises `DataError`."""
    from engine.data.images import adapt

    dataset = describe(choice)
    folder = Path(choice.folder) if choice.folder else None
    if folder is not None and not folder.is_dir():
        raise DataError(
            f"{folder} is not a folder; choose another for {dataset.title}, "
            f"or none to use {'the downloaded' if dataset.files else 'the built-in'} images."
        )
    progress(f"Reading {dataset.title}", 0.0)
    return adapt(dataset, dataset.read(folder, progress), shape, progress)


def choose(text: str) -> DataChoice:
    """The choice that a person named: a dataset's name, or a folder with one's files; raises `DataError`."""
    if text in catalogue():
        return DataChoice(text)
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"{text!r} is neither a dataset ({', '.join(catalogue())}) nor a folder with one's files."
        )
    for dataset in catalogue().values():
        if dataset.recognises(folder):
            return DataChoice(dataset.name, str(folder.absolute()))
    wanted = "; ".join(
        f"{item.title}: {', '.join(item.files)}" for item in catalogue().values() if item.files
    )
    raise DataError(f"{folder} holds the files of no known dataset ({wanted}).")
