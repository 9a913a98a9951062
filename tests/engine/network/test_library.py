"""A person's own blocks: kept in files, brought into projects, taken out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import resources
from engine.layers.catalogue import layer
from engine.network import edits, library
from engine.network.errors import EditError, StorageError
from engine.network.project import Project
from engine.network.scope import closed, opened
from engine.network.storage import load, save


@pytest.fixture
def resnet() -> Project:
    return load(resources.TEMPLATES / "resnet50.convo")


def test_a_block_is_kept_with_those_inside_it_and_brought_back(resnet: Project) -> None:
    assert library.kept() == ()
    path = library.keep(resnet, "Bottleneck")
    (kept,) = library.kept()
    assert (kept.name, kept.path) == ("Bottleneck", path) and kept.help
    grown, name = library.bring(Project(), path)
    assert name == "Bottleneck"
    assert grown.network.blocks == resnet.network.blocks
    assert "Bottleneck/conv1" in grown.placement


def test_keeping_it_again_makes_no_second_file(resnet: Project) -> None:
    assert library.keep(resnet, "Bottleneck") == library.keep(resnet, "Bottleneck")
    assert len(library.kept()) == 1


def test_another_block_of_the_same_name_gets_a_file_of_its_own(resnet: Project) -> None:
    first = library.keep(resnet, "Bottleneck")
    inner = edits.add(opened(resnet, ("layer1",)), layer("ReLU"), (0.0, 900.0))
    second = library.keep(closed(resnet, ("layer1",), inner), "Bottleneck")
    assert first != second and first.is_file()
    assert [kept.name for kept in library.kept()] == ["Bottleneck", "Bottleneck"]


def test_a_block_whose_name_is_taken_comes_under_another(resnet: Project) -> None:
    path = library.keep(resnet, "Downsample")
    inner = edits.add(opened(resnet, ("layer1", "downsample")), layer("ReLU"), (0.0, 900.0))
    other = closed(resnet, ("layer1", "downsample"), inner)
    grown, name = library.bring(other, path)
    assert name != "Downsample"
    assert grown.network.blocks[name] == resnet.network.blocks["Downsample"]
    assert library.bring(resnet, path) == (resnet, "Downsample")


def test_a_block_taken_out_can_be_fetched_back(resnet: Project) -> None:
    path = library.keep(resnet, "Downsample")
    library.forget(path)
    assert library.kept() == ()
    assert (library.folder() / "removed" / path.name).is_file()
    with pytest.raises(StorageError):
        library.forget(path)


def test_files_that_hold_no_block_are_left_out_and_refused(resnet: Project) -> None:
    path = library.keep(resnet, "Downsample")
    folder = library.folder()
    (folder / "broken.convo").write_text("{", encoding="utf-8")
    (folder / "list.convo").write_text("[]", encoding="utf-8")
    assert [kept.path for kept in library.kept()] == [path]
    with pytest.raises(StorageError):
        library.bring(resnet, folder / "broken.convo")
    empty = Path(folder / "empty.convo")
    save(replace(Project(), name="Empty"), empty)
    with pytest.raises(EditError):
        library.bring(resnet, empty)
