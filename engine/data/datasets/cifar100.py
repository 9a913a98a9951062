"""CIFAR-100 in its official binary files, with the fine labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.download import Download, fetch
from engine.data.formats.records import count_records, read_records

_TRAIN, _TEST = "train.bin", "test.bin"
_LABELS = 2
"""Bytes before an image: its coarse label, of 20, and its fine one, of 100."""
_DOWNLOADS = (
    Download(
        "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        "cifar-100-binary.tar.gz",
        "md5:03b5dce01913d631647c71ecec9e9cb8",
        members=(_TRAIN, _TEST),
    ),
)
_CLASSES = (
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus "
    "butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch "
    "crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo "
    "keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse "
    "mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy "
    "porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper "
    "snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television "
    "tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
)


class Cifar100(Dataset):
    """The official split; a folder may hold the training file only."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        place = folder or fetch(self, _DOWNLOADS, progress)
        if not (place / _TRAIN).is_file():
            raise DataError(f"{place} has no {_TRAIN}; put it there or name another folder.")
        progress("Reading CIFAR-100", 0.0)
        train = read_records(place / _TRAIN, len(self.classes), self.title, _LABELS)
        test = place / _TEST
        if not test.is_file():
            return train, None
        return train, read_records(test, len(self.classes), self.title, _LABELS)

    def recognises(self, folder: Path) -> bool:
        return (folder / _TRAIN).is_file()

    def described(self, folder: Path) -> Dataset:
        train, test = (count_records(folder / name, _LABELS) for name in (_TRAIN, _TEST))
        return replace(self, train_images=train, test_images=test)


DATASET = Cifar100(
    name="cifar100",
    title="CIFAR-100",
    purpose="60,000 small photographs in colour, 600 of each of 100 classes",
    shape=(3, 32, 32),
    classes=tuple(name.replace("_", " ") for name in _CLASSES.split()),
    train_images=50_000,
    test_images=10_000,
    licence="unstated; for research, with citation",
    source="Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
    files=(_TRAIN, _TEST),
)
