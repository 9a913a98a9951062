"""The data panel with a real lab: what it shows of real files, and what it says where there are none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.data import DataPanel
from designer.workshop import Workshop
from engine.network import edits
from engine.network.project import DataChoice
from tests.conftest import shared

PATIENCE = 60_000


@pytest.fixture
def workshop(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A workshop whose lab has a private place for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="convoscope"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    made = Workshop()
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def panel(lenet: Document, workshop: Workshop, qtbot: QtBot) -> DataPanel:
    widget = DataPanel(lenet, workshop)
    qtbot.addWidget(widget)
    widget.resize(900, 300)
    return widget


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes with a test set: a double across every border, one label in doubt, three files that cannot be used."""
    chance = np.random.default_rng(3)
    for part, count in (("train", 24), ("test", 6)):
        for kind in ("cat", "dog"):
            (tmp_path / part / kind).mkdir(parents=True)
            for number in range(count if kind == "cat" else count // 3):
                pixels = chance.integers(0, 256, (20, 20, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / part / kind / f"{number:02}.png")
    train = tmp_path / "train"
    shutil.copy(train / "cat" / "00.png", tmp_path / "test" / "cat" / "again.png")
    shutil.copy(train / "cat" / "01.png", train / "dog" / "cat.png")
    for number in range(2, 24):
        shutil.copy(train / "cat" / f"{number:02}.png", train / "cat" / f"{number:02}b.png")
    (train / "dog" / "none.png").write_bytes(b"")
    (train / "dog" / "half.png").write_bytes((train / "cat" / "05.png").read_bytes()[:300])
    Image.new("1", (20_000, 20_000)).save(train / "dog" / "bomb.png")
    return tmp_path


def choose(document: Document, name: str, folder: Path | str = "") -> None:
    choice = DataChoice(name, str(folder))
    document.do("Choose the data", lambda project: edits.set_data(project, choice))


def begin(panel: DataPanel, qtbot: QtBot) -> None:
    panel.show()
    surveyed(panel, qtbot)


def surveyed(panel: DataPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(panel.doubles.findings), timeout=PATIENCE)


def page(panel: DataPanel, title: str) -> QAbstractButton:
    button = next(b for b in panel.findChildren(QAbstractButton) if b.text().startswith(title))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    return button


def test_own_photographs_are_shown_with_all_that_is_to_be_known_of_them(
    lenet: Document, panel: DataPanel, photos: Path, qtbot: QtBot
) -> None:
    choose(lenet, "folder", photos)
    begin(panel, qtbot)
    grid = panel.samples.grid
    qtbot.waitUntil(lambda: grid.pictures > 0, timeout=PATIENCE)
    assert len(grid.items) == 46 + 9 + 7 + 2
    bars = page(panel, "Classes")
    assert bars.isChecked() and panel.classes.isVisible()
    assert "cat has" in panel.classes.sentence.text()
    assert not panel.grab().isNull()
    page(panel, "Channels")
    assert panel.channels.plots[0].isVisible() and not panel.channels.plots[1].isVisible()
    grey = panel.channels.plots[0]
    assert grey.fact.startswith("Grey · mean 0.") and grey.head(2000) == grey.fact
    assert grey.head(190).startswith("Grey · mean 0.") and grey.head(190).count("·") == 2
    assert "±" in grey.head(120)
    assert not panel.grab().isNull()
    page(panel, "Doubles")
    leaks, tested, doubted = (len(finding.pairs) for finding in panel.doubles.findings)
    assert leaks > 0 and tested == 1 and doubted == 1
    qtbot.waitUntil(lambda: panel.doubles.grid.pictures > 0, timeout=PATIENCE)
    page(panel, "Different labels")
    panel.doubles.grid.choose(0)
    assert "(cat) =" in panel.doubles.readout.whole and "(dog)" in panel.doubles.readout.whole
    page(panel, "Left out (3)")
    told = "\n".join(panel._remarks.stringList())
    for name, reason in (("none", "no image"), ("half", "damaged"), ("bomb", "million pixels")):
        assert f"{photos / 'train' / 'dog' / name}.png" in told and reason in told


def test_the_chosen_image_is_shown_large_with_its_class_number_and_values(
    panel: DataPanel, qtbot: QtBot
) -> None:
    begin(panel, qtbot)
    samples = panel.samples
    samples.part.setCurrentIndex(samples.part.findData("validation"))
    samples.part.activated.emit(samples.part.currentIndex())
    samples.kind.setCurrentIndex(samples.kind.findText("7"))
    samples.kind.activated.emit(samples.kind.currentIndex())
    samples.grid.setFocus()
    QTest.keyClick(samples.grid, Qt.Key.Key_Right)
    QTest.keyClick(samples.grid, Qt.Key.Key_Right)
    assert samples.grid.item == 1
    assert samples.caption.whole.startswith("validation ") and samples.caption.whole.endswith("7")
    qtbot.waitUntil(lambda: not samples.large.box().isEmpty(), timeout=PATIENCE)
    QTest.mouseMove(samples.large, samples.large.box().center().toPoint())
    assert samples.readout.whole.startswith("row 16, column 16: ")


def test_the_panel_follows_the_data_the_input_and_the_share_kept_aside(
    lenet: Document, panel: DataPanel, qtbot: QtBot
) -> None:
    begin(panel, qtbot)
    assert panel.held is not None and panel.held.shape == (1, 32, 32)
    kept, first = panel.held.count("validation"), panel.held.of
    half = replace(lenet.project.recipe, validation=0.5)
    lenet.do("Keep half aside", lambda project: edits.set_recipe(project, half))
    qtbot.waitUntil(lambda: panel.held is not None and panel.held.of != first, timeout=PATIENCE)
    assert panel.held.count("validation") > 2 * kept
    lenet.do("Smaller", lambda p: edits.set_parameters(p, "input1", shape=(1, 24, 24)))
    qtbot.waitUntil(
        lambda: panel.held is not None and panel.held.shape == (1, 24, 24), timeout=PATIENCE
    )
    choose(lenet, "lines")
    qtbot.waitUntil(
        lambda: panel.held is not None and panel.held.classes[0] == "lying", timeout=PATIENCE
    )


def test_another_dataset_is_shown_from_its_beginning(
    lenet: Document, panel: DataPanel, qtbot: QtBot
) -> None:
    begin(panel, qtbot)
    grid = panel.samples.grid
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.item > 1000 and grid.verticalScrollBar().value() > 0
    choose(lenet, "lines")
    qtbot.waitUntil(
        lambda: panel.held is not None and panel.held.classes[0] == "lying", timeout=PATIENCE
    )
    assert grid.item == -1 and grid.verticalScrollBar().value() == 0
    assert len(grid.items) == len(panel.held or ())


def test_without_data_and_with_broken_data_it_says_what_to_do(
    lenet: Document, panel: DataPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    choose(lenet, "none")
    panel.show()
    assert panel.empty.isVisible() and panel.empty.hint.text().startswith("Choose the images")
    assert not panel.again.isVisible()
    choose(lenet, "folder", tmp_path / "gone")
    qtbot.waitUntil(lambda: panel.again.isVisible(), timeout=PATIENCE)
    assert f"{tmp_path / 'gone'} is not there" in panel.empty.hint.text()
    for kind in ("a", "b"):
        (tmp_path / "gone" / kind).mkdir(parents=True)
        Image.new("L", (8, 8)).save(tmp_path / "gone" / kind / "1.png")
    QTest.mouseClick(panel.again, Qt.MouseButton.LeftButton)
    surveyed(panel, qtbot)
    assert panel.held is not None and len(panel.held) == 2


def test_reading_is_stopped_and_taken_up_again(
    lenet: Document, panel: DataPanel, qtbot: QtBot
) -> None:
    choose(lenet, "shapes")
    panel.show()
    qtbot.waitUntil(lambda: panel.stop.isVisible(), timeout=PATIENCE)
    QTest.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    assert panel.empty.title.text() == "Stopped" and not panel.stop.isVisible()
    QTest.mouseClick(panel.again, Qt.MouseButton.LeftButton)
    surveyed(panel, qtbot)


def test_images_that_somebody_asks_for_are_shown_alone_under_their_title(
    lenet: Document, panel: DataPanel, qtbot: QtBot
) -> None:
    choose(lenet, "lines")
    fronted: list[bool] = []
    panel.asked_for.connect(lambda: fronted.append(True))
    panel.show_images("test", [5, 2, 999, 1000, -1], "true lying, said upright – 3 images")
    assert fronted
    begin(panel, qtbot)
    samples = panel.samples
    assert samples.title.isVisible() and samples.title.whole.startswith("true lying")
    assert panel.held is not None
    names = [panel.held.name(place) for place in samples.grid.items[:, 0].tolist()]
    assert names == ["test 5", "test 2", "test 999"]
    QTest.mouseClick(samples.back, Qt.MouseButton.LeftButton)
    assert len(samples.grid.items) == 4000 and not samples.title.isVisible()
    panel.show_images("validation", np.array([0]), "one")
    assert samples.caption.whole.startswith("validation 0")


def test_a_page_of_another_kind_finds_its_place(panel: DataPanel, qtbot: QtBot) -> None:
    from designer.inspector.parts import label

    page = label("More")
    button = panel.add_page("More", page)
    begin(panel, qtbot)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.isVisible() and not panel.samples.isVisible()


def test_sixty_thousand_real_images_are_scrolled_through(
    lenet: Document, panel: DataPanel, qtbot: QtBot
) -> None:
    choose(lenet, "mnist", shared("mnist"))
    begin(panel, qtbot)
    grid = panel.samples.grid
    assert len(grid.items) >= 60_000
    QTest.keyClick(grid, Qt.Key.Key_End)
    before = grid.pictures
    qtbot.waitUntil(lambda: grid.pictures > before, timeout=PATIENCE)
    assert panel.samples.caption.whole.startswith("test ")
