"""A fast run watched with everything open: the window stays at hand, and what is hidden does nothing."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from engine.training.events import EpochEnded, Event, Measured, Started, Steps
from engine.training.predictions import Predictions, write_predictions
from tests.acceptance.hand import Hand
from tests.acceptance.test_diagnosis import deep
from tests.designer.test_diagnosing import ended

SECONDS, PER_SECOND, IMAGES = 4, 1_000, 10_000
PART = 33
"""Steps that are told of at once, as the workshop tells of them 30 times a second."""


def test_with_all_panels_open_a_thousand_points_a_second_leave_no_stall(hand: Hand) -> None:
    window = hand.window
    project = deep("Sigmoid", 10, 24)
    window.files.begin(project)
    nodes = tuple(project.network.nodes)
    shrinking = tuple(
        1e-9 * 10**place if name.startswith("linear") else None for place, name in enumerate(nodes)
    )
    nothing = (None,) * len(nodes)
    begun = Started("cpu", 1, 1000, PER_SECOND, IMAGES, IMAGES, 1)
    run = ended(project, begun)
    chance = np.random.default_rng(0)
    labels = chance.integers(0, 10, IMAGES)
    for place, title in enumerate(("Training", "Metrics", "Diagnosis")):
        dock = window.docks[title]
        dock.setFloating(True)
        dock.resize(QSize(900, 300))
        dock.move(60 * place, 60 * place)
        dock.show()
    window.workshop.show(run)
    hand.wait(lambda: window.training.record.started is not None)
    spent: list[float] = []
    step, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        before, step = step, step + PART
        losses = tuple((0.001 * chance.random(PART) + 1.0).tolist())
        told: list[Event] = [Steps(step, losses, losses, 64_000.0, 60.0, 0.01)]
        if step // 250 != before // 250:
            told.append(
                Measured(
                    step, 1.0, 1e-3, 10**8, nodes, shrinking, nothing, shrinking, *[nothing] * 2
                )
            )
        if step // PER_SECOND != before // PER_SECOND:
            epoch = step // PER_SECOND
            told.append(EpochEnded(epoch, step, 1.0, 0.5, 1.0, 0.5, 64_000.0, 60.0, 0.9))
            found = Predictions(step, np.arange(IMAGES), labels, (labels + (step % 3)) % 10)
            write_predictions(run, "validation", found)
        start = time.process_time()
        window.workshop.events.emit(told)
        QApplication.processEvents()
        spent.append(time.process_time() - start)
        time.sleep(max(0.0, PART / PER_SECOND - spent[-1]))
    hand.qtbot.waitUntil(lambda: len(window.diagnosing.findings) > 0)
    assert window.training.record.steps == step
    assert window.metrics.judged is not None and window.diagnosis.cards
    assert window.canvas.found.marks
    # Without the moment in which the plots are made. CPU time, since others share the machine.
    rest = sorted(spent[10:])
    assert rest[int(len(rest) * 0.99)] < 0.1
