"""The inspector's page of the whole network."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.inspector.inspector import Inspector
from designer.inspector.network_page import MOST_PROBLEMS
from engine.network import edits


def test_problems_that_it_has_no_room_for_are_counted(lenet: Document, qtbot: QtBot) -> None:
    inspector = Inspector(lenet)
    qtbot.addWidget(inspector)
    inspector.show()
    page = inspector.network_page
    assert not page.more.isVisible()
    lenet.do("Take out", lambda p: edits.remove(p, ["tanh1", "tanh2", "tanh3", "tanh4"]))
    count = len(lenet.analysis.problems)
    assert count > MOST_PROBLEMS + 1
    assert len(page.problems.cards) == MOST_PROBLEMS
    assert page.more.isVisible()
    assert page.more.text() == f"and {count - MOST_PROBLEMS} more, in Problems"
    lenet.undo()
    assert not page.more.isVisible()
