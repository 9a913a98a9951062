"""Pictures of the real window, drawn by the program itself."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QPointF, QSettings, QSize, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

import resources
from designer.app import MainWindow, application
from designer.runlist.head import CURVES
from designer.style import theme
from engine.analysis.repairs import SetRate
from engine.network import edits, storage
from engine.network.network import Instance
from engine.network.project import Project

WIDE, NARROW = QSize(1440, 900), QSize(1024, 700)
TEMPLATE = QSize(1200, 760)
PATIENCE_S = 300
"""How long the gallery waits for a training to end."""


class PictureError(Exception):
    """A picture that could not be made, in one sentence."""


def screenshot(
    project: Project, to: Path, style: str = "light", size: QSize = WIDE, canvas_only: bool = False
) -> None:
    """Draw the window, or the canvas alone, with `project` open, and write it to the PNG `to`."""
    with tempfile.TemporaryDirectory() as folder:
        window = _window(project, style, size, Path(folder))
        try:
            _save(window.canvas if canvas_only else window, to)
        finally:
            window.close()
            window.deleteLater()
            _wait(lambda: False, 0.05)


def gallery(folder: Path) -> list[Path]:
    """Make the pictures of the documentation: a real training, light and dark, wide and narrow."""
    folder.mkdir(parents=True, exist_ok=True)
    lenet = storage.load(resources.TEMPLATES / "lenet5.convo")
    written: list[Path] = []
    with tempfile.TemporaryDirectory() as home:
        window = _window(lenet, "light", WIDE, Path(home))
        try:
            for picture, panel, style, size, prepare in _scenes():
                theme().apply(style)
                window.resize(size)
                prepare(window)
                window.docks[panel].raise_()
                window.canvas.fit()
                _wait(lambda: False, 1.2)
                written.append(folder / f"{picture}.png")
                _save(window, written[-1])
            written.extend(_draw_templates(window, folder / "templates"))
        finally:
            window.close()
            window.deleteLater()
            _wait(lambda: False, 0.05)
    return written


def _draw_templates(window: MainWindow, folder: Path) -> Iterator[Path]:
    """Every template on the canvas: whole, and close, which for a network of blocks is inside one."""
    folder.mkdir(exist_ok=True)
    for dock in window.docks.values():
        dock.hide()
    window.resize(TEMPLATE)
    window.canvas.show_thumbnails(False)
    for path in sorted(resources.TEMPLATES.glob("*.convo")):
        window.document.load(storage.load(path), None)
        for picture, style, look in (
            (path.stem, "light", _fit),
            (f"{path.stem}-close", "dark", _near),
        ):
            theme().apply(style)
            look(window)
            _wait(lambda: False, 0.4)
            _save(window.canvas, folder / f"{picture}.png")
            yield folder / f"{picture}.png"


def _fit(window: MainWindow) -> None:
    window.canvas.fit()


def _near(window: MainWindow) -> None:
    """Into the instance that repeats a block most often, or to the beginning at full size."""
    nodes = window.document.shown.network.nodes
    blocks = Counter(
        node.content.block for node in nodes.values() if isinstance(node.content, Instance)
    )
    for block, _ in blocks.most_common(1):
        name = next(name for name, node in nodes.items() if node.kind == block)
        window.document.enter((name,))
        window.canvas.fit()
        return
    canvas = window.canvas
    corner = canvas.canvas.extent().topLeft() - QPointF(40, 40)
    canvas.look(1.0, corner, QPoint())


Scene = tuple[str, str, str, QSize, Callable[[MainWindow], None]]


def _scenes() -> tuple[Scene, ...]:
    return (
        ("window-light", "Training", "light", WIDE, _train),
        ("window-dark", "Training", "dark", WIDE, _nothing),
        ("feature-maps-light", "Feature maps", "light", WIDE, _select_conv2),
        ("feature-maps-dark", "Feature maps", "dark", WIDE, _nothing),
        ("code-light", "Code", "light", WIDE, _nothing),
        ("layer-table-dark", "Layer table", "dark", WIDE, _nothing),
        ("metrics-light", "Metrics", "light", WIDE, _nothing),
        ("data-dark", "Data", "dark", WIDE, _nothing),
        ("narrow-light", "Training", "light", NARROW, _nothing),
        ("narrow-dark", "Feature maps", "dark", NARROW, _nothing),
        ("diagnosis-light", "Diagnosis", "light", WIDE, _train_too_fast),
        ("diagnosis-dark", "Diagnosis", "dark", WIDE, _nothing),
        ("runs-light", "Runs", "light", WIDE, _compare_runs),
        ("problems-light", "Problems", "light", WIDE, _break),
        ("problems-dark", "Problems", "dark", WIDE, _nothing),
    )


def _nothing(window: MainWindow) -> None:
    pass


def _train(window: MainWindow) -> None:
    """A whole training with the recipe of the template, waited for."""
    window.workshop.warm_up()
    window.train()
    if not _wait(lambda: window.workshop.status in ("finished", "failed"), PATIENCE_S):
        raise PictureError(f"The training did not end within {PATIENCE_S} s.")
    if window.workshop.status == "failed":
        raise PictureError(f"The training failed: {window.toast.text}")


def _train_too_fast(window: MainWindow) -> None:
    """A training with a rate that puts the activations at the ends of their range."""
    window.document.do("Raise the rate", SetRate(0.3))
    window.document.select([])
    _train(window)


def _compare_runs(window: MainWindow) -> None:
    """The curves of both runs, one over the other."""
    window.document.undo()
    window.docks["Runs"].raise_()
    if not _wait(lambda: window.runs.looked, PATIENCE_S):
        raise PictureError(f"The runs were not read within {PATIENCE_S} s.")
    window.runs.compare(window.runs.model.shown)
    window.runs.show_page(CURVES)


def _select_conv2(window: MainWindow) -> None:
    window.document.select(["conv2"])
    _wait(lambda: False, 1.0)


def _break(window: MainWindow) -> None:
    window.document.do(
        "Change conv2", lambda p: edits.set_parameters(p, "conv2", kernel_size=17, stride=2)
    )
    window.document.select(["conv2"])


def _window(project: Project, style: str, size: QSize, folder: Path) -> MainWindow:
    os.environ["CONVOSCOPE_HOME"] = str(folder)
    application()
    theme().apply(style)
    window = MainWindow(QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat))
    window.document.load(project, None)
    window.resize(size)
    window.show()
    _wait(lambda: False, 0.2)
    # Again, for before the first layout Qt thinks the panels wider than they are.
    window.resize(size)
    window.canvas.fit()
    _wait(lambda: False, 0.2)
    return window


def _save(widget: QWidget, to: Path) -> None:
    image: QImage = widget.grab().toImage()
    if not image.save(str(to), "PNG"):  # type: ignore[call-overload]
        raise PictureError(
            f"The picture cannot be written to {to}; is the folder there and writable?"
        )


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Let the window live until `done` or the time is over; returns whether it is done."""
    until = time.monotonic() + seconds
    loop = QEventLoop()
    timer = QTimer(interval=15)
    timer.timeout.connect(lambda: loop.quit() if done() or time.monotonic() > until else None)
    timer.start()
    if not done():
        loop.exec()
    return done()
