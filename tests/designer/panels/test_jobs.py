"""The dialog that writes job files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.jobs import JobFiles
from engine.codegen.jobs import KUBERNETES, SLURM
from engine.network import edits, storage

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(lenet: Document, qtbot: QtBot) -> Iterator[JobFiles]:
    made = JobFiles(lenet)
    qtbot.addWidget(made)
    made.open()
    qtbot.waitExposed(made)
    yield made
    made.close()


def typed(dialog: JobFiles, name: str, text: str) -> None:
    """Type a value into a field, as by hand, and leave it."""
    field = dialog.form.editors[name]
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Tab)


def test_what_is_asked_for_is_written_into_the_chosen_folder(
    dialog: JobFiles, lenet: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "jobs"))
    typed(dialog, "nodes", "3")
    typed(dialog, "processes", "2")
    typed(dialog, "hours", "5")
    with qtbot.waitSignal(dialog.said) as said:
        QTest.mouseClick(dialog.write_button, LEFT)
    assert said.args == ["Wrote project.convo, slurm.sh and kubernetes.yaml into jobs"]
    assert not dialog.isVisible()
    script = (tmp_path / "jobs" / SLURM).read_text()
    assert "--nnodes=3 --nproc-per-node=2" in script and "--time=0-05:00:00" in script
    *_, batch = yaml.safe_load_all((tmp_path / "jobs" / KUBERNETES).read_text())
    assert batch["spec"]["completions"] == 3
    assert storage.load(tmp_path / "jobs" / "project.convo") == lenet.project


def test_only_what_is_ticked_is_written(
    dialog: JobFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    QTest.mouseClick(dialog.kinds[SLURM], LEFT)
    assert dialog.write_button.isEnabled()
    QTest.mouseClick(dialog.kinds[KUBERNETES], LEFT)
    assert not dialog.write_button.isEnabled()
    assert dialog.problem.text().startswith("Nothing is to be written")
    QTest.mouseClick(dialog.kinds[KUBERNETES], LEFT)
    QTest.mouseClick(dialog.write_button, LEFT)
    assert sorted(path.name for path in tmp_path.iterdir()) == [KUBERNETES, "project.convo"]


def test_more_processes_than_images_in_a_batch_are_refused_while_the_dialog_is_open(
    dialog: JobFiles,
) -> None:
    typed(dialog, "nodes", "99999")
    assert not dialog.write_button.isEnabled()
    assert "are 99,999, but the recipe's batch has" in dialog.problem.text()
    typed(dialog, "nodes", "2")
    assert dialog.write_button.isEnabled() and not dialog.problem.isVisible()


def test_it_begins_with_the_processes_and_the_device_of_the_recipe(
    dialog: JobFiles, lenet: Document
) -> None:
    dialog.reject()
    lenet.do(
        "Train by four", lambda p: edits.set_recipe(p, p.recipe.changed(processes=4, device="cuda"))
    )
    dialog.open()
    assert dialog._values["processes"] == 4 and dialog._values["gpus"] is True


def test_a_folder_that_cannot_be_written_is_named_and_the_dialog_stays(
    dialog: JobFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "file"))
    QTest.mouseClick(dialog.write_button, LEFT)
    assert dialog.isVisible()
    assert f"{tmp_path / 'file'} cannot be written" in dialog.problem.text()
