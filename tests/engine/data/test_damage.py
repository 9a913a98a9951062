"""Whatever bytes of a person's files are changed, there is a sentence, or the images, and nothing else."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataChoice, DataError, load
from tests.engine.data.datasets.test_own import LABELS, idx, noise, npz
from tests.engine.data.datasets.test_published import WHOLE as MAT

TABLE = ("path,label\n" + "".join(f"{n}.png,c{n % 3}\n" for n in range(20))).encode()
ROUNDS = 250


def changed(chance: random.Random, content: bytes) -> bytes:
    """Some bytes are others, and sometimes the end is gone."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randint(1, len(data))] if chance.random() < 0.3 else data)


def tried(name: str, place: Path, shape: tuple[int, int, int]) -> None:
    try:
        load(DataChoice(name, str(place)), shape)
    except DataError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("name", "file", "shape"),
    [
        ("npz", "own.npz", (1, 8, 8)),
        ("csv", "list.csv", (3, 8, 8)),
        ("svhn", "train_32x32.mat", (3, 32, 32)),
    ],
)
def test_a_changed_file_ends_in_a_sentence(
    tmp_path: Path, name: str, file: str, shape: tuple[int, int, int]
) -> None:
    chance = random.Random(3)
    own = npz(tmp_path / "a.npz", images=noise(40, 8, 8), labels=np.arange(40) % 3)
    whole = {"npz": own.read_bytes(), "csv": TABLE, "svhn": MAT}[name]
    own.unlink()
    for _ in range(ROUNDS):
        (tmp_path / file).write_bytes(changed(chance, whole))
        tried(name, tmp_path if name == "svhn" else tmp_path / file, shape)


@pytest.mark.parametrize("packed", [False, True])
def test_changed_idx_files_end_in_a_sentence(tmp_path: Path, packed: bool) -> None:
    chance = random.Random(4)
    images, labels = idx(noise(4, 9, 7)), idx(LABELS.astype(np.uint8))
    ending = ".gz" if packed else ""
    for number in range(ROUNDS):
        both = [images, labels]
        both[number % 2] = changed(chance, both[number % 2])
        if packed:
            both = [gzip.compress(both[0]), changed(chance, gzip.compress(both[1]))]
        for stem, content in zip(("images-idx3-ubyte", "labels-idx1-ubyte"), both, strict=True):
            (tmp_path / f"{stem}{ending}").write_bytes(content)
        tried("idx", tmp_path, (1, 9, 7))
