"""The panel of runs, with mouse and keyboard, over real run directories."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QFile, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from designer.panels.runs import RunsPanel
from designer.runlist.rows import COLUMNS, NAME, STATUS
from designer.style import theme
from engine.training.about import About, change_about, read_about
from engine.training.events import EpochEnded, Failed
from engine.training.rundir import runs_folder
from engine.training.runlist import elsewhere
from tests.designer.runlist.conftest import MakeRun

Show = Callable[[], RunsPanel]
LEFT = Qt.MouseButton.LeftButton


class NoTrash(QFile):
    """A file where the system has no trash."""

    def moveToTrash(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's trash, in a place of the test's own."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder / "Trash" / "files"


def names(panel: RunsPanel) -> list[str]:
    return [run.name for run in panel.model.shown]


def cell(panel: RunsPanel, row: int, column: int) -> QPoint:
    return panel.table.visualRect(panel.model.index(row, column)).center()


def click(panel: RunsPanel, row: int, column: int = NAME) -> None:
    QTest.mouseClick(
        panel.table.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, cell(panel, row, column)
    )


def text(panel: RunsPanel, row: int, title: str) -> str:
    column = next(place for place, item in enumerate(COLUMNS) if item.title == title)
    return panel.model.index(row, column).data()


def editor(panel: RunsPanel) -> QLineEdit:
    """The field that is open in the table."""
    fields = panel.table.viewport().findChildren(QLineEdit)
    return next(field for field in fields if field.isVisible())


def type_into_cell(panel: RunsPanel, words: str) -> None:
    """Type into the open field in place of what it holds, and press Enter."""
    field = editor(panel)
    field.clear()
    QTest.keyClicks(field, words)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()


def test_without_runs_it_says_what_to_do(shown: Show) -> None:
    panel = shown()
    assert panel.empty.isVisible()
    assert "Press Train" in panel.empty.hint.text()
    assert not panel.foot.isVisible()


def test_runs_are_listed_with_what_came_of_them(shown: Show, make_run: MakeRun) -> None:
    make_run("First", 0.8)
    make_run("Second", 0.9, seed=7, batch_size=32)
    panel = shown()
    assert names(panel) == ["Second", "First"]
    told = {column.title: text(panel, 0, column.title) for column in COLUMNS}
    assert told["Status"] == "Finished" and told["Epochs"] == "2"
    assert (told["Val loss"], told["Val acc"], told["Test acc"]) == ("0.2", "90.0 %", "89.0 %")
    assert (told["Data"], told["Optimiser"], told["Rate"]) == ("digits", "Adam", "0.01")
    assert (told["Batch"], told["Seed"], told["Parameters"]) == ("32", "7", "2,970")
    assert panel.head.caption.whole == "2 runs"


def test_a_click_on_a_heading_sorts_and_what_is_not_known_comes_last(
    shown: Show, make_run: MakeRun
) -> None:
    for name, accuracy in (("b", 0.5), ("c", 0.9), ("a", 0.7)):
        make_run(name, accuracy)
    make_run("none", 0.9, epochs=0, status="stopped")
    panel = shown()
    header = panel.table.horizontalHeader()
    column = next(place for place, item in enumerate(COLUMNS) if item.title == "Val acc")

    def sort() -> None:
        at = QPoint(header.sectionViewportPosition(column) + 8, header.height() // 2)
        QTest.mouseClick(header.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)

    sort()
    assert names(panel) == ["b", "a", "c", "none"]
    sort()
    assert names(panel) == ["c", "a", "b", "none"]


def test_the_filter_finds_words_and_tags(shown: Show, make_run: MakeRun) -> None:
    make_run("Wide net")
    change_about(make_run("Deep net"), tags=["paper"], note="with the wide kernel")
    panel = shown()
    QTest.keyClicks(panel.head.search, "wide")
    assert names(panel) == ["Deep net", "Wide net"]
    QTest.keyClicks(panel.head.search, " #pap")
    assert names(panel) == ["Deep net"]
    assert panel.head.caption.whole == "1 of 2 runs"
    QTest.keyClicks(panel.head.search, " nowhere")
    assert panel.empty.isVisible() and panel.empty.title.text() == "No run suits the filter"
    panel.head.search.clear()
    assert panel.table.isVisible() and len(names(panel)) == 2


def test_the_selection_stays_with_its_run_when_rows_move(shown: Show, make_run: MakeRun) -> None:
    for name in "abc":
        make_run(name)
    panel = shown()
    click(panel, 0)
    assert [run.name for run in panel.table.selected] == ["c"]
    panel.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    assert names(panel) == ["a", "b", "c"]
    assert [run.name for run in panel.table.selected] == ["c"]


def test_f2_renames_in_place(shown: Show, make_run: MakeRun) -> None:
    run = make_run("LeNet")
    panel = shown()
    click(panel, 0, STATUS)
    QTest.keyClick(panel.table, Qt.Key.Key_F2)
    type_into_cell(panel, "Wider <b>one</b>")
    assert read_about(run).name == "Wider <b>one</b>"
    assert names(panel) == ["Wider <b>one</b>"]
    tip = panel.model.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert "LeNet" in tip and "<" not in tip
    # Emptied, it is called as its network again.
    QTest.keyClick(panel.table, Qt.Key.Key_F2)
    type_into_cell(panel, "")
    assert names(panel) == ["LeNet"]


def test_tags_and_notes_are_typed_in_place(shown: Show, make_run: MakeRun) -> None:
    run = make_run()
    panel = shown()
    click(panel, 0)
    for field, words in (("tags", "paper,  baseline , paper"), ("note", "as in the paper")):
        panel.table.edit_field(field)
        type_into_cell(panel, words)
    assert read_about(run) == About("", "as in the paper", ("paper", "baseline"))
    assert text(panel, 0, "Tags") == "paper, baseline"
    assert panel.foot.whole == "as in the paper"


def test_escape_leaves_a_name_as_it_was(shown: Show, make_run: MakeRun) -> None:
    run = make_run("LeNet")
    panel = shown()
    click(panel, 0)
    QTest.keyClick(panel.table, Qt.Key.Key_F2)
    QTest.keyClicks(editor(panel), "other")
    QTest.keyClick(editor(panel), Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert names(panel) == ["LeNet"]
    assert not run.about_file.exists()


def test_a_name_that_cannot_be_kept_is_told(shown: Show, make_run: MakeRun, qtbot: QtBot) -> None:
    run = make_run("LeNet")
    panel = shown()
    run.about_file.mkdir()
    click(panel, 0)
    QTest.keyClick(panel.table, Qt.Key.Key_F2)
    with qtbot.waitSignal(panel.failed) as said:
        type_into_cell(panel, "other")
    assert "about.json cannot be read: it is a folder" in said.args[0]
    assert names(panel) == ["LeNet"]


def test_enter_and_a_double_click_open(shown: Show, make_run: MakeRun, qtbot: QtBot) -> None:
    run = make_run()
    panel = shown()
    click(panel, 0)
    with qtbot.waitSignal(panel.opened) as said:
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert said.args[0].path == run.path
    with qtbot.waitSignal(panel.opened):
        QTest.mouseDClick(
            panel.table.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, cell(panel, 0, NAME)
        )
    with qtbot.waitSignal(panel.weights_wanted):
        QTest.mouseClick(panel.head.weights, LEFT)


def test_delete_moves_to_the_trash_and_undo_brings_back(
    shown: Show, make_run: MakeRun, trash: Path, qtbot: QtBot
) -> None:
    kept, gone = make_run("kept"), make_run("gone")
    panel = shown()
    click(panel, 0)
    with qtbot.waitSignal(panel.deleted) as said:
        QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert said.args[0] == [gone.path]
    assert names(panel) == ["kept"] and kept.path.is_dir() and not gone.path.exists()
    assert panel.notice.isVisible() and panel.notice_text.whole == "1 run is deleted."
    QTest.mouseClick(panel.undo, LEFT)
    qtbot.waitUntil(lambda: names(panel) == ["gone", "kept"])
    assert gone.weights_file.parent.is_dir() and gone.state().status == "finished"
    assert not panel.notice.isVisible()


def test_where_there_is_no_trash_runs_are_kept_aside_until_the_end(
    shown: Show, make_run: MakeRun, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.runlist.removal.QFile", NoTrash)
    run, other = make_run("a"), make_run("b")
    panel = shown()
    panel.table.selectAll()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert panel.notice_text.whole == "2 runs are deleted."
    assert panel.empty.isVisible()
    QTest.mouseClick(panel.undo, LEFT)
    qtbot.waitUntil(lambda: names(panel) == ["b", "a"])
    click(panel, 0)
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert len(list(runs_folder().iterdir())) == 2
    panel.close_reader()
    assert [path.name for path in runs_folder().iterdir()] == [run.path.name]
    assert not other.path.exists()


def test_a_run_that_goes_on_is_not_deleted(shown: Show, make_run: MakeRun, qtbot: QtBot) -> None:
    run = make_run(status="running")
    run.update(pid=os.getpid())
    panel = shown()
    click(panel, 0)
    with qtbot.waitSignal(panel.failed) as said:
        QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert said.args[0] == "Small goes on; stop it before you delete it."
    assert run.path.is_dir() and names(panel) == ["Small"]


def test_a_run_that_goes_on_is_followed(shown: Show, make_run: MakeRun, qtbot: QtBot) -> None:
    run = make_run(status="running", epochs=3)
    panel = shown()
    run.append(EpochEnded(4, 40, 0.5, 0.5, 0.01, 0.99, 900.0, 1.0))
    qtbot.waitUntil(lambda: text(panel, 0, "Val acc") == "99.0 %", timeout=10_000)
    run.append(Failed("The loss became nan."))
    run.update(status="failed", message="The loss became nan.")
    qtbot.waitUntil(lambda: text(panel, 0, "Status") == "Failed", timeout=10_000)
    click(panel, 0)
    assert panel.foot.whole == "The loss became nan."


def test_a_run_that_nothing_is_heard_of_is_silent(shown: Show, make_run: MakeRun) -> None:
    run = make_run(status="running")
    long_ago = time.time() - 3600
    for file in (run.state_file, run.events_file):
        os.utime(file, (long_ago, long_ago))
    panel = shown()
    assert text(panel, 0, "Status") == "Silent"
    tip = panel.model.index(0, STATUS).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("nothing was heard of it for 1 h.")


def test_space_and_a_click_on_the_ring_mark_what_is_compared(
    shown: Show, make_run: MakeRun
) -> None:
    for name in "abc":
        make_run(name)
    panel = shown()
    click(panel, 1)
    QTest.keyClick(panel.table, Qt.Key.Key_Space)
    click(panel, 0, 0)
    assert {run.name for run in panel.model.shown if run.path in panel.compared.marks} == {"b", "c"}
    assert panel.head.caption.whole == "3 runs · 2 compared"
    click(panel, 0, 0)
    assert list(panel.compared.marks.values()) == [0]
    # The ring does not take the selection away.
    assert [run.name for run in panel.table.selected] == ["b"]


def test_no_more_runs_are_compared_than_can_be_told_apart(
    shown: Show, make_run: MakeRun, qtbot: QtBot
) -> None:
    for number in range(18):
        make_run(str(number), epochs=1)
    panel = shown()
    panel.table.selectAll()
    with qtbot.waitSignal(panel.failed) as said:
        QTest.keyClick(panel.table, Qt.Key.Key_Space)
    assert said.args[0] == "16 runs are compared at most; 2 runs are left out."
    assert len(panel.compared) == 16


def test_nothing_compared_says_how_to(shown: Show, make_run: MakeRun) -> None:
    make_run()
    panel = shown()
    for page in ("Curves", "Differences"):
        QTest.mouseClick(panel.head.buttons[page], LEFT)
        assert panel.empty.isVisible() and "press Space" in panel.empty.hint.text()
    QTest.mouseClick(panel.head.buttons["List"], LEFT)
    assert panel.table.isVisible()


def test_a_run_anywhere_is_opened_and_stays_in_the_list(
    shown: Show, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    far = make_run("far", base=tmp_path / "anderswo")
    panel = shown()
    assert names(panel) == []
    panel.add_run(far.path)
    qtbot.waitUntil(lambda: names(panel) == ["far"])
    with qtbot.waitSignal(panel.failed) as said:
        panel.add_run(tmp_path)
    assert "is not a run" in said.args[0]
    shutil.rmtree(far.path)
    panel.refresh()
    qtbot.waitUntil(lambda: "not there any more" in panel.model.shown[0].trouble)
    click(panel, 0)
    assert panel.foot.whole == f"{far.path} is not there any more."
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(panel) == [])
    assert elsewhere() == ()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("run.json", None, "has no run.json"),
        ("run.json", b"{", "run.json cannot be read"),
        ("events.jsonl", b'{"event": "Steps"\n\x00\xff\n', "lines of"),
        ("events.jsonl", None, "has no events.jsonl"),
        ("project.convo", b"\x89PNG", "project.convo cannot be opened"),
        ("about.json", b"[]", "about.json is damaged"),
    ],
)
def test_a_damaged_run_is_listed_and_said_in_a_sentence(
    shown: Show, make_run: MakeRun, name: str, content: bytes | None, sentence: str
) -> None:
    run, _ = make_run("damaged"), make_run("sound")
    if content is None:
        (run.path / name).unlink()
    else:
        (run.path / name).write_bytes(content)
    panel = shown()
    assert len(names(panel)) == 2
    row = next(place for place, item in enumerate(panel.model.shown) if item.path == run.path)
    click(panel, row)
    assert sentence in panel.foot.whole
    panel.compare(panel.model.shown)
    for page in ("Curves", "Differences", "List"):
        QTest.mouseClick(panel.head.buttons[page], LEFT)
        panel.grab()
    run.about_file.unlink(missing_ok=True)


def test_foreign_files_among_the_runs_are_left_alone(shown: Show, make_run: MakeRun) -> None:
    make_run("a")
    (runs_folder() / "letter.txt").write_text("dear")
    (runs_folder() / "photos").mkdir()
    assert names(shown()) == ["a"]


def test_runs_come_and_go_while_it_is_open(shown: Show, make_run: MakeRun, qtbot: QtBot) -> None:
    first = make_run("first")
    panel = shown()
    panel.compare(panel.model.shown)
    make_run("second")
    shutil.rmtree(first.path)
    panel.refresh()
    qtbot.waitUntil(lambda: names(panel) == ["second"])
    assert len(panel.compared) == 0


def test_the_menu_offers_checkpoints_to_fork_from(
    shown: Show, make_run: MakeRun, qtbot: QtBot
) -> None:
    from engine.training.standing import Standing, write_checkpoint

    run = make_run(status="stopped", epochs=2)
    folder = write_checkpoint(run, Standing(10, 1, 0, 5, 0.1, check=0.4), b"w", b"t")
    panel = shown()
    click(panel, 0)
    panel.table.menu_requested.emit(QPoint(0, 0))
    menu = next(item for item in panel.findChildren(QMenu) if item.isVisible())
    texts = {action.text().partition("\t")[0]: action for action in menu.actions()}
    assert texts["Go on from where it ended"].isEnabled() is False
    fork = texts["Fork from"].menu()
    assert isinstance(fork, QMenu)
    (action,) = fork.actions()
    assert action.text() == "step 10, epoch 1, loss 0.4"
    with qtbot.waitSignal(panel.fork_wanted) as said:
        action.trigger()
    assert said.args[1] == folder
    menu.close()


def test_rows_are_copied_as_text(shown: Show, make_run: MakeRun) -> None:
    make_run("a")
    panel = shown()
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    head, row = QGuiApplication.clipboard().text().splitlines()
    assert head.split("\t")[0] == "Name" and row.split("\t")[0] == "a"


def test_the_themes_colour_the_marks(shown: Show, make_run: MakeRun) -> None:
    make_run("a")
    panel = shown()
    bare = panel.table.grab().toImage()
    panel.compare(panel.model.shown)
    marked = panel.table.grab().toImage()
    theme().apply("dark")
    dark = panel.table.grab().toImage()
    theme().apply("light")
    assert bare != marked != dark


def test_hidden_it_reads_nothing(shown: Show, make_run: MakeRun, qtbot: QtBot) -> None:
    panel = shown()
    panel.hide()
    make_run("later")
    qtbot.wait(400)
    assert names(panel) == []
    panel.show()
    qtbot.waitUntil(lambda: names(panel) == ["later"])


def test_two_thousand_runs_are_sorted_and_filtered_at_once(shown: Show, make_run: MakeRun) -> None:
    make_run("one")
    panel = shown()
    (one,) = panel.model.shown
    runs = [
        replace(one, path=Path(f"/nowhere/{number:05}"), val_accuracy=number % 97 / 97)
        for number in range(2000)
    ]
    began = time.process_time()
    panel.model.take(runs)
    panel.table.sortByColumn(6, Qt.SortOrder.AscendingOrder)
    panel.head.search.setText("finished")
    assert len(panel.model.shown) == 2001
    panel.head.search.setText("nothing")
    panel.head.search.clear()
    panel.model.take([replace(runs[5], val_accuracy=0.99)])
    panel.table.grab()
    assert time.process_time() - began < 1.0
    assert panel.model.shown[0].path.name == "01940"
    assert panel.model.row(Path("/nowhere/00005")) == 2000


def test_the_pages_stay_under_the_pointer_whichever_is_shown(
    shown: Callable[[], RunsPanel],
) -> None:
    panel = shown()
    buttons = panel.head.buttons.values()
    places = [button.geometry() for button in buttons]
    for button in buttons:
        QTest.mouseClick(button, LEFT)
        QApplication.processEvents()
        assert [item.geometry() for item in buttons] == places


def test_with_nothing_selected_nothing_can_be_done_with_it(
    shown: Callable[[], RunsPanel],
) -> None:
    head = shown().head
    assert not any(item.isEnabled() for item in (head.open, head.weights, head.export, head.delete))


def test_a_run_that_the_filter_hides_is_no_longer_selected(shown: Show, make_run: MakeRun) -> None:
    make_run("Wide net")
    make_run("Deep net")
    panel = shown()
    click(panel, 0)
    assert panel.head.open.isEnabled() and panel.foot.whole
    QTest.keyClicks(panel.head.search, "wide")
    assert names(panel) == ["Wide net"]
    assert not panel.head.open.isEnabled() and not panel.head.delete.isEnabled()
    assert panel.foot.whole == ""


def test_a_tag_is_typed_with_its_hash_or_without(shown: Show, make_run: MakeRun) -> None:
    run = make_run("Small")
    panel = shown()
    click(panel, 0)
    panel.table.edit_field("tags")
    type_into_cell(panel, "#paper, paper,, # ,best")
    assert read_about(run).tags == ("paper", "best")


def test_the_runs_of_a_study_are_told_apart_by_the_ends_of_their_names(
    shown: Show, make_run: MakeRun
) -> None:
    for seed in (1, 2):
        make_run(f"LeNet-5: learning_rate 0.0009487, batch_size 32, seed {seed}")
    panel = shown()
    panel.table.horizontalHeader().setSortIndicator(NAME, Qt.SortOrder.AscendingOrder)
    box = [panel.table.visualRect(panel.model.index(row, NAME)) for row in range(2)]
    first, second = (panel.table.viewport().grab(area).toImage() for area in box)
    assert first != second


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Return])
def test_down_or_enter_in_the_filter_leads_to_what_it_has_found(
    shown: Show, make_run: MakeRun, key: Qt.Key
) -> None:
    make_run("Wide net")
    make_run("Deep net")
    panel = shown()
    panel.head.search.setFocus()
    QTest.keyClicks(panel.head.search, "wide")
    QTest.keyClick(panel.head.search, key)
    assert panel.table.hasFocus()
    assert [run.name for run in panel.table.selected] == ["Wide net"]
