"""Validation images that were learned from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import percent

_LIMIT = 0.005


class Leak(Ailment):
    """At least one validation image in 200 is, to the last bit, among the training images too."""

    title: ClassVar[str] = "Leak into validation"
    watched: ClassVar[str] = (
        f"Validation images that are among the training images too: {100 * _LIMIT:g} % or more."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        del project
        started = past.started
        if started is None or started.leaked < max(1.0, _LIMIT * started.validation_images):
            return
        checked = [item for item in past.epochs if item.val_loss is not None]
        yield self.found(
            "",
            f"{started.leaked:,} of the {started.validation_images:,} validation images "
            f"({percent(started.leaked / started.validation_images)}) are among the training images "
            "too, so the validation figures flatter; take the doubles, which the Data panel shows, out "
            "of the images.",
            Evidence(
                "Validation images",
                "1: in all, 2: also learned from",
                "images",
                (1.0, 2.0),
                (float(started.validation_images), float(started.leaked)),
                _LIMIT * started.validation_images,
            )
            if not checked
            else Evidence(
                "Validation loss less training loss",
                "epoch",
                "difference",
                tuple(float(item.epoch) for item in checked),
                tuple(float(item.val_loss or 0.0) - item.train_loss for item in checked),
                0.0,
            ),
        )
