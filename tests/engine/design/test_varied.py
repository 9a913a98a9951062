"""Recipes of several projects side by side."""

from __future__ import annotations

from dataclasses import replace

from engine.design.varied import MISSING, varied
from engine.network.project import DataChoice, Project
from engine.recipe.adam import Adam
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.recipe import Recipe
from engine.recipe.sgd import SGD


def test_equal_projects_differ_in_nothing() -> None:
    assert varied([]) == []
    assert varied([Project()]) == []
    assert varied([Project(), Project(name="Other")]) == []


def test_only_fields_that_differ_are_told_in_their_order() -> None:
    one = Project(recipe=Recipe(epochs=3, seed=1))
    other = Project(recipe=Recipe(epochs=3, seed=2), data=DataChoice("mnist"))
    third = Project(recipe=Recipe(epochs=4, seed=1))
    assert [tuple(row) for row in varied([one, other, third])] == [
        ("data", ("digits", "mnist", "digits")),
        ("epochs", (3, 3, 4)),
        ("seed", (1, 2, 1)),
    ]


def test_parts_tell_their_kind_and_fields_that_only_one_has() -> None:
    one = Project(recipe=Recipe(optimizer=SGD(learning_rate=0.1, momentum=0.9)))
    other = Project(recipe=Recipe(optimizer=Adam(learning_rate=0.1)))
    found = {row.what: row.values for row in varied([one, other])}
    assert found["optimizer"] == ("SGD", "Adam")
    assert found["optimizer momentum"] == (0.9, MISSING)
    assert "optimizer learning rate" not in found


def test_augmentations_are_told_by_kind_and_field() -> None:
    none = Project()
    flip = replace(none, recipe=replace(none.recipe, augmentations=(HorizontalFlip(),)))
    often = replace(
        none, recipe=replace(none.recipe, augmentations=(HorizontalFlip(probability=0.9),))
    )
    found = {row.what: row.values for row in varied([none, flip, often])}
    assert found["augmentations"] == ("", "HorizontalFlip", "HorizontalFlip")
    assert found["HorizontalFlip probability"] == (MISSING, 0.5, 0.9)
