"""One dataset is looked through from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Images of two classes; a cat is tested on as well, and one is a dog too."""
    chance = np.random.default_rng(1)
    for part, count in (("train", 10), ("test", 3)):
        for name in ("[bold]cat", "dog"):
            folder = tmp_path / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 256, (8, 8, 3), np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    cat = (tmp_path / "train" / "[bold]cat" / "2.png").read_bytes()
    (tmp_path / "test" / "[bold]cat" / "1.png").write_bytes(cat)
    (tmp_path / "train" / "dog" / "4.png").write_bytes(cat)
    (tmp_path / "train" / "dog" / "5.png").write_bytes(b"broken")
    return tmp_path


def test_classes_channels_and_doubles_are_told_to_people(convoscope, photos: Path) -> None:
    said = convoscope("datasets", photos)
    assert said.code == 0
    assert "[bold]cat" in said.out and "channel 2: mean 0." in said.out
    assert "Test images that are also learned from: 1, the first 1 " in said.out
    assert "Images that are there again with another label: 1" in said.out
    assert "5.png is no image that can be opened" in said.out


def test_they_are_told_to_programs(convoscope, photos: Path) -> None:
    found = json.loads(convoscope("datasets", photos, "--json").out)
    assert found["name"] == "folder" and found["shape"] == [3, 8, 8]
    learned = [
        sum(row[part] for part in ("training", "validation")) for row in found["balance"].values()
    ]
    assert learned == [10, 9]
    assert [row["test"] for row in found["balance"].values()] == [3, 3]
    assert len(found["disagreements"]) == 1 and found["test_leaks"][0][1] == 1
    assert len(found["mean"]) == 3 and len(found["remarks"]) == 1


def test_a_dataset_without_doubles_says_so(convoscope) -> None:
    assert (
        "Digits has no image in two parts or with two labels."
        in convoscope("datasets", "digits").out
    )


def test_what_is_no_dataset_is_refused(refused) -> None:
    assert "'nowhere' is neither a dataset" in refused("datasets", "nowhere")
