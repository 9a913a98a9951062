"""The document as every view hears of it."""

from __future__ import annotations

from designer.document import Document
from engine.network.project import Project


def test_another_network_begins_with_nothing_selected(lenet: Document) -> None:
    told: list[tuple[str, ...]] = []
    lenet.select(["output1"])
    lenet.selection_changed.connect(told.append)
    lenet.load(lenet.project, None)
    assert lenet.selection == ()
    assert told == [()]
    lenet.load(Project(), None)
    assert told == [()]
