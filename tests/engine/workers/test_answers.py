"""The lab's answers, asked for in this process."""

from __future__ import annotations

from pathlib import Path

import resources
from engine.codegen import write
from engine.data import load as load_images
from engine.lab.store import Store
from engine.network import storage
from engine.network.project import DataChoice, Project
from engine.recipe.augmentation.shift import Shift
from engine.recipe.recipe import Recipe
from engine.training.preview import previewed
from engine.workers.answers import Answers
from engine.workers.messages import Augment, Augmented, Load, Loaded, Observation, Observe


def observed(template: str, node: str) -> Observation:
    project = storage.load(Path(resources.TEMPLATES) / f"{template}.convo")
    source = write(project)
    answers = Answers(lambda message: None, Store())
    image = project.network.nodes["input1"].content
    shape = image.values["shape"]  # type: ignore[union-attr]
    load = Load(source.text, source.class_name, source.places, shape, "digits")  # type: ignore[arg-type]
    assert isinstance(answers.answer(load), Loaded)
    seen = answers.answer(Observe(sample=3, node=node))
    assert isinstance(seen, Observation), seen
    return seen


def test_a_network_that_tells_classes_apart_says_how_sure_it_is_of_each() -> None:
    seen = observed("lenet5", "conv1")
    assert seen.probabilities.shape == (10,)
    assert abs(seen.probabilities.sum() - 1) < 1e-5


def test_a_network_that_rebuilds_images_claims_no_class() -> None:
    seen = observed("autoencoder", "encode1")
    assert seen.probabilities.size == 0
    assert seen.activation.ndim == 3


def augment(answers: Answers, shape: tuple[int, ...], data: str = "digits") -> Augmented:
    project = Project(data=DataChoice(data), recipe=Recipe(augmentations=(Shift(pixels=9),)))
    seen = answers.answer(Augment(storage.dumps(project), shape, 7, draws=4, viewer="x", number=3))
    assert isinstance(seen, Augmented), seen
    assert (seen.sample, seen.viewer, seen.number) == (7, "x", 3)
    return seen


def test_an_image_is_augmented_without_any_network_by_the_recipe_that_is_asked_about() -> None:
    seen = augment(Answers(lambda message: None, Store()), (1, 16, 16))
    assert seen.samples == 1797 and not seen.message
    images = load_images(DataChoice("digits"), (1, 16, 16))
    image, draws = previewed(images, Recipe(augmentations=(Shift(pixels=9),)), 7, 4)
    assert (seen.image == image).all() and (seen.images == draws).all()


def test_why_an_image_cannot_be_augmented_is_part_of_the_answer() -> None:
    answers = Answers(lambda message: None, Store())
    assert "pixels 9, but the images are 8 × 8 px" in augment(answers, (1, 8, 8)).message
    assert augment(answers, (1, 16, 16), data="nothing such").message
