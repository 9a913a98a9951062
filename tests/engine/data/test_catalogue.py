"""Datasets are found, described without being read, and chosen by name or by folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.data import DataChoice, DataError, catalogue, choose, describe, load


def test_the_datasets_are_found_those_without_download_first_and_own_ones_last() -> None:
    assert list(catalogue()) == [
        "digits",
        "gratings",
        "lines",
        "shapes",
        "cifar10",
        "cifar100",
        "emnist-letters",
        "fashion-mnist",
        "kmnist",
        "mnist",
        "svhn",
        "cifar-binary",
        "csv",
        "folder",
        "idx",
        "npz",
    ]


@pytest.mark.parametrize("name", [name for name, item in catalogue().items() if not item.own])
def test_a_dataset_describes_itself(name: str) -> None:
    dataset = describe(DataChoice(name))
    assert dataset.name == name
    assert dataset.title and dataset.purpose and dataset.licence and dataset.source
    assert len(dataset.shape) == 3
    assert len(set(dataset.classes)) == len(dataset.classes) >= 2
    assert dataset.train_images > 0


def test_describing_loads_neither_numpy_nor_scikit_learn_nor_torch() -> None:
    program = (
        "import sys; from engine.data import DataChoice; "
        "print([m for m in ('numpy', 'sklearn', 'torch', 'requests') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert result.stdout.strip() == b"[]"


def test_an_unknown_dataset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"no dataset 'minst'.*digits, .*shapes, cifar10, .*mnist"):
        describe(DataChoice("minst"))


def test_a_name_chooses_a_dataset() -> None:
    assert choose("shapes") == DataChoice("shapes")


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(3073))
    assert choose(str(tmp_path)) == DataChoice("cifar10", str(tmp_path))
    assert describe(choose(str(tmp_path))).train_images == 1


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match="holds the files of no known dataset") as refused:
        choose(str(tmp_path))
    assert len(str(refused.value)) < 600


def test_images_that_lie_in_no_folder_of_a_class_are_told(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").touch()
    with pytest.raises(
        DataError, match="has 0 folders with images, but there must be one for each"
    ):
        choose(str(tmp_path))
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "cat.jpg").touch()
    with pytest.raises(DataError, match="has 1 folder with images, but there must be one for each"):
        choose(str(tmp_path))


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "pictures.bin"])
def test_a_file_of_a_folder_that_is_data_names_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(3073))
    with pytest.raises(DataError, match=f"is a file, but .* from their folder; name {tmp_path}"):
        choose(str(tmp_path / name))


def test_a_path_that_no_project_could_name_is_refused(tmp_path: Path) -> None:
    for text in (f"{tmp_path}/\udcff", f"kmnist={tmp_path}/\udcff"):
        with pytest.raises(DataError, match=r"has a name that is no UTF-8, .* rename it"):
            choose(text)


def test_neither_a_name_nor_a_folder_is_refused() -> None:
    with pytest.raises(DataError, match="'nowhere' is neither a dataset"):
        choose("nowhere")


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(DataError, match="gone is not a folder; choose another for MNIST"):
        load(DataChoice("mnist", str(gone)), (1, 28, 28))


def test_whoever_watches_may_end_the_reading() -> None:
    class EnoughError(Exception):
        pass

    def stop(message: str, fraction: float) -> None:
        assert 0 <= fraction <= 1
        raise EnoughError(message)

    with pytest.raises(EnoughError):
        load(DataChoice("shapes"), (3, 32, 32), stop)
