"""How the lab answers: the network it holds, the images it shows it, one method per question. Imports torch."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.data import DataChoice, DataError
from engine.data.images import Images
from engine.lab.prediction import probabilities
from engine.lab.store import Store
from engine.lab.subject import Samples, Subject
from engine.lab.thumbnails import thumbnail
from engine.network.storage import loads
from engine.training.batches import Normalizer
from engine.training.build import build
from engine.training.errors import TrainingError
from engine.training.preview import previewed
from engine.workers.messages import (
    Augment,
    Augmented,
    Load,
    Loaded,
    Loading,
    Message,
    Observation,
    Observe,
    Question,
    Refused,
    nothing,
)

_TELL = 0.1
"""Seconds at least between two tellings of how far the reading of images is."""


class Answers:
    """The network at hand and its images. `tell` passes on what takes so long."""

    def __init__(self, tell: Callable[[Message], None], store: Store) -> None:
        self._tell_client = tell
        self._store = store
        self._told = 0.0
        self._subject: Subject | None = None
        self._samples: Samples | None = None
        self._weights = ""

    def answer(self, message: Load | Question) -> Message:
        """The answer to a question; a `Refused` where there is none."""
        try:
            match message:
                case Load():
                    return self._load(message)
                case Observe():
                    return self._observe(message)
                case Augment():
                    return self._augment(message)
        except (DataError, LookupError) as error:
            sentence = str(error.args[0] if error.args else error)
        except Exception as error:
            traceback.print_exc()
            sentence = f"The lab could not answer: {type(error).__name__}: {error}"
        return Refused(sentence, number=message.number)

    def _load(self, message: Load) -> Loaded:
        self._subject = None
        choice = DataChoice(message.data, message.folder)
        known = self._samples
        if known is None or (known.choice, known.shape) != (choice, message.shape):
            self._samples = Samples(self._store, choice, message.shape, _prepare)
        torch.manual_seed(message.seed)  # pyright: ignore[reportUnknownMemberType]
        module = build(message.source_text, message.class_name)
        self._subject = Subject(module, message.source_text, message.places)
        self._weights = message.weights
        problem = self._subject.follow(Path(message.weights)) if message.weights else ""
        return Loaded(self._subject.weights, problem, number=message.number)

    def _observe(self, message: Observe) -> Observation:
        subject, samples = self._subject, self._samples
        if subject is None or samples is None:
            raise LookupError("No network is loaded; mend the drawing's problems first.")
        if self._weights:
            subject.follow(Path(self._weights))
        part = samples.part(self._tell)
        if not 0 <= message.sample < len(part):
            raise LookupError(
                f"There is no image {message.sample:,}; choose one from 0 to {len(part) - 1:,}."
            )
        known = subject.recorder.nodes
        if message.node and message.node not in known:
            raise LookupError(
                f"{message.node} puts nothing out in the network that is loaded; choose another node."
            )
        activation = np.zeros(0, np.float32)
        thumbnails: dict[str, NDArray[np.uint8]] = {}

        def take(node: str, output: Tensor) -> None:
            nonlocal activation
            if node == message.node:
                activation = output[0].detach().float().contiguous().clone().numpy()
            if message.thumbnails:
                thumbnails[node] = thumbnail(output)

        image = samples.normalised(message.sample, self._tell)
        result = subject.recorder.run(image, known if message.thumbnails else (message.node,), take)
        return Observation(
            node=message.node,
            sample=message.sample,
            samples=len(part),
            activation=activation,
            image=part.images[message.sample],
            label=int(part.labels[message.sample]),
            # Of a result that is an image again there is no class to tell.
            probabilities=probabilities(result)[0].numpy() if result.ndim == 2 else nothing(),
            thumbnails=thumbnails,
            weights=subject.weights,
            viewer=message.viewer,
            number=message.number,
        )

    def _augment(self, message: Augment) -> Augmented:
        project = loads(message.project)
        empty = Augmented(message.sample, viewer=message.viewer, number=message.number)
        try:
            images = self._store.images(project.data, message.shape, self._tell)
            count = len(images.train.labels)
            image, changed = previewed(images, project.recipe, message.sample, message.draws)
        except (DataError, TrainingError) as error:
            return replace(empty, message=str(error))
        return replace(empty, samples=count, image=image, images=changed)

    def _tell(self, message: str, fraction: float) -> None:
        if time.monotonic() - self._told > _TELL:
            self._told = time.monotonic()
            self._tell_client(Loading(message, fraction))


def _prepare(pixels: Tensor, images: Images) -> Tensor:
    """Bytes as the network took them in training."""
    return Normalizer(images.mean, images.std, torch.device("cpu"))(pixels)
