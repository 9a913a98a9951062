"""The curves themselves: range, zoom, crosshair, export, and that they are sound."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.plots.record import Record
from designer.style import theme
from engine.training.events import EpochEnded, Started, Steps


def run(epochs: int = 3, per_epoch: int = 40) -> Record:
    record = Record()
    record.add([Started("cpu", 1, epochs, per_epoch, 1, 1, 1)])
    for epoch in range(1, epochs + 1):
        first = (epoch - 1) * per_epoch
        values = tuple(1.0 / (first + step) for step in range(1, per_epoch + 1))
        record.add(
            [
                Steps(epoch * per_epoch, values, tuple(1 - value for value in values), 1.0, 1.0),
                EpochEnded(epoch, epoch * per_epoch, 0.5, 0.5, 0.4, 0.5 + 0.1 * epoch, 1.0, 1.0),
            ]
        )
    return record


@pytest.fixture
def curves(light: None, qtbot: QtBot):
    from designer.plots.curves import TrainingCurves

    widget = TrainingCurves()
    qtbot.addWidget(widget)
    widget.resize(900, 240)
    widget.show()
    qtbot.waitExposed(widget)
    widget.show_record(run(), 5)
    QApplication.processEvents()
    return widget


def hover(curves, part: float) -> None:
    """Put the pointer over the loss plot, `part` of the way along."""
    plot = curves.loss
    box = plot.view.sceneBoundingRect()
    plot.plot.scene().sigMouseMoved.emit(QPointF(box.left() + part * box.width(), box.center().y()))


def test_the_range_follows_the_run(curves) -> None:
    for plot in curves.plots:
        low, high = plot.view.viewRange()[0]
        assert low <= 0 and 3 <= high < 3.2
    assert curves.second.view.viewRange()[1][1] >= 100


def test_the_legend_tells_names_and_values(curves) -> None:
    assert [name for name, *_ in curves.loss.legend.entries] == ["training", "validation"]
    assert curves.second.legend.entries[1][1] == "80.0 %"
    assert curves.loss.legend.note == "mean of 5 steps"


def test_the_crosshair_tells_the_values_at_one_epoch_in_both_plots(curves) -> None:
    hover(curves, 0.5)
    for plot in curves.plots:
        assert plot.cross.isVisible()
        assert plot.legend.note.startswith("epoch 1.")
    curves.loss.leaveEvent(None)
    assert not curves.second.cross.isVisible()
    assert curves.loss.legend.note == "mean of 5 steps"


def test_zooming_holds_the_range_until_it_is_reset(curves, qtbot: QtBot) -> None:
    view = curves.loss.plot.viewport()
    at = QPointF(view.rect().center())
    with qtbot.waitSignal(curves.zoomed):
        event = QWheelEvent(
            at,
            QPointF(view.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)
    held = curves.loss.view.viewRange()
    curves.show_record(run(5), 5)
    assert curves.loss.view.viewRange() == held
    assert curves.free
    curves.reset_zoom()
    assert curves.loss.view.viewRange()[0][1] >= 5


def test_the_loss_can_be_logarithmic(curves) -> None:
    curves.loss.set_log(True)
    low, high = curves.loss.view.viewRange()[1]
    assert -3 < low < high < 1
    curves.loss.set_log(False)
    assert curves.loss.view.viewRange()[1][1] <= 1.2


def test_it_is_exported_as_a_picture_and_as_a_drawing(curves, tmp_path: Path) -> None:
    curves.export(tmp_path / "curves.png")
    image = QImage(str(tmp_path / "curves.png"))
    assert (image.width(), image.height()) == (1800, 480)
    curves.export(tmp_path / "curves.svg")
    drawing = (tmp_path / "curves.svg").read_text(encoding="utf-8")
    assert "Accuracy" in drawing and "validation" in drawing and "<path" in drawing


@pytest.mark.parametrize("name", ["curves.png", "curves.svg"])
@pytest.mark.qt_log_ignore("QSvgGenerator|QPainter|could not open", extend=True)
def test_a_file_that_cannot_be_written_is_an_error(curves, tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        curves.export(tmp_path / "nowhere" / name)


def test_it_follows_the_theme(curves) -> None:
    light = curves.grab().toImage()
    theme().apply("dark")
    QApplication.processEvents()
    assert curves.grab().toImage() != light


def test_a_thousand_updates_of_a_hundred_plots_leave_the_interpreter_sound(
    qapp: QApplication,
) -> None:
    # A binding that drops a reference to None at every call that returns it is found here:
    # the counts would fall by a hundred thousand.
    from designer.plots.curves import CurvePlot
    from designer.plots.quantity import LOSS

    plots = [CurvePlot(LOSS) for place in range(100)]
    record = run(2, 20)
    before = sys.getrefcount(None)
    start = time.perf_counter()
    for turn in range(1000):
        plot = plots[turn % 100]
        plot.show_record(record, 1 + turn % 9)
        plot.point_at(None if turn % 2 else 1.0)
        if turn % 50 == 0:
            plot.grab()
    QApplication.processEvents()
    assert time.perf_counter() - start < 60
    # Immortal from Python 3.12 on.
    if sys.version_info < (3, 12):
        assert sys.getrefcount(None) > before - 1000
    for plot in plots:
        plot.close()
        plot.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del plots, plot
    gc.collect()
    assert [None for _ in range(3)] == [None, None, None]


def test_the_panel_is_imported_without_pyqtgraph() -> None:
    code = (
        "import sys; import designer.panels.training, designer.panels.status; "
        "print([name for name in sys.modules if name in ('pyqtgraph', 'torch')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
