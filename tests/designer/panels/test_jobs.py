"""The dialog that writes job files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox
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


def test_another_folder_can_be_chosen_after_one_that_cannot_be_written(
    dialog: JobFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    folders = iter([tmp_path / "file", tmp_path / "free"])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(next(folders)))
    QTest.mouseClick(dialog.write_button, LEFT)
    assert dialog.isVisible()
    QTest.mouseClick(dialog.write_button, LEFT)
    assert (tmp_path / "free" / SLURM).is_file() and not dialog.isVisible()


def test_nothing_is_written_while_a_field_holds_what_is_no_number(
    dialog: JobFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    typed(dialog, "cpus", "abc")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible() and not list(tmp_path.iterdir())
    assert dialog.focusWidget() is dialog.form.editors["cpus"]
    typed(dialog, "cpus", "8")
    QTest.mouseClick(dialog.write_button, LEFT)
    assert "--cpus-per-task=8" in (tmp_path / SLURM).read_text()


@pytest.mark.parametrize("answer", [Qt.Key.Key_Escape, Qt.Key.Key_Return, None])
def test_another_network_in_the_folder_is_replaced_only_when_that_is_asked_for(
    dialog: JobFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Qt.Key | None
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    (tmp_path / "project.convo").write_text("mine")
    asked: list[str] = []

    def reply() -> None:
        box = dialog.findChild(QMessageBox)
        assert box is not None
        asked.append(box.text())
        if answer is None:
            replace = next(item for item in box.buttons() if item.text() == "Replace")
            QTest.mouseClick(replace, LEFT)
        else:
            QTest.keyClick(box, answer)

    QTimer.singleShot(50, reply)
    QTest.mouseClick(dialog.write_button, LEFT)
    assert asked == [f"{tmp_path.name} has another project.convo already."]
    kept = (tmp_path / "project.convo").read_text() == "mine"
    assert kept is (answer is not None) and kept is dialog.isVisible()
    assert (tmp_path / SLURM).exists() is not kept
