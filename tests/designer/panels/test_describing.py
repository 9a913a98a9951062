"""A window over a large folder of images: it goes on, and hears of the folder when it is known."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from designer.describing import Describing
from designer.document import Document
from designer.panels.recipe import RecipePanel
from designer.workshop import Workshop
from engine.data.pictures import listing
from engine.network import edits
from engine.network.project import DataChoice


def test_the_window_goes_on_while_a_large_folder_is_looked_through(
    lenet: Document,
    workshop: Workshop,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for kind in ("cat", "dog"):
        (tmp_path / kind).mkdir()
        Image.new("L", (32, 32)).save(tmp_path / kind / "1.png")
    begun, slow = threading.Event(), listing.list_folder

    def listed(root: Path) -> listing.Listing:
        begun.wait(10)
        return slow(root)

    monkeypatch.setattr(listing, "list_folder", listed)
    Describing(lenet)
    panel = RecipePanel(lenet, workshop)
    qtbot.addWidget(panel)
    choice = DataChoice("folder", str(tmp_path))
    lenet.do("Choose the data", lambda project: edits.set_data(project, choice))
    assert panel.purpose.text() == f"{tmp_path} is being looked through."
    assert lenet.analysis.valid
    begun.set()
    qtbot.waitUntil(lambda: panel.purpose.text().startswith("Own images"))
    assert any("2 classes" in problem.message for problem in lenet.analysis.problems)
    assert "2: cat, dog" in [fact.text for fact in panel.facts._shown]
    lenet.deleteLater()
