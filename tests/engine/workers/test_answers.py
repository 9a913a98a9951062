"""The lab's answers, asked for in this process."""

from __future__ import annotations

from pathlib import Path

import resources
from engine.codegen import write
from engine.lab.store import Store
from engine.network import storage
from engine.workers.answers import Answers
from engine.workers.messages import Load, Loaded, Observation, Observe


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
