"""AugmentedStrip: an image as it is, and beside it as it may be learned from, drawn anew several times."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.parts import Sentence, label, tool
from designer.style import SPACE, numbers, theme
from designer.viewers.pixels import picture
from designer.workshop import Workshop, input_shape
from engine.network.project import Project
from engine.network.storage import dumps
from engine.workers.messages import Array, Augment, Augmented

VIEWER = "augmentations"
DRAWS = 7
ROWS = 2
LEAST = 3
"""Images in a row, at least."""


class Tiles(QWidget):
    """Images of one size in rows, pixel by pixel; the first has a frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def show_images(self, images: list[QImage]) -> None:
        self.images = images
        self._fit()
        self.update()

    def boxes(self) -> list[QRectF]:
        """Where the images are, as many as there is room for."""
        if not self.images:
            return []
        width, height = self.images[0].width(), self.images[0].height()
        room = (self.width() - (LEAST - 1) * SPACE) / LEAST
        ratio = self.devicePixelRatioF()
        scale = room / width
        if scale * ratio >= 1:
            scale = int(scale * ratio) / ratio
        wide, high = width * scale, height * scale
        columns = max(LEAST, int((self.width() + SPACE) // (wide + SPACE)))
        return [
            QRectF(
                (place % columns) * (wide + SPACE), (place // columns) * (high + SPACE), wide, high
            )
            for place in range(min(len(self.images), ROWS * columns))
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        boxes = self.boxes()
        self.setFixedHeight(round(boxes[-1].bottom()) + 1 if boxes else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for place, (box, image) in enumerate(zip(self.boxes(), self.images, strict=False)):
            painter.drawImage(box, image)
            if place == 0:
                painter.setPen(QPen(theme().color("accent"), 2))
                painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.end()


class AugmentedStrip(QWidget):
    """Asks the lab while it is visible, and only then, at every change of recipe or data."""

    def __init__(self, document: Document, workshop: Workshop) -> None:
        super().__init__()
        self._document = document
        self._workshop = workshop
        self._data = document.project.data
        self._sample = 0
        self._samples = 0
        self._asked: Augment | None = None
        self.tiles = Tiles()
        self.said = Sentence("small")
        self.problem = label(role="error", wrap=True)
        self.previous = tool(sign="chevron_left", tip="Previous image")
        self.next = tool(sign="chevron_right", tip="Next image")
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(self.said, 1)
        for button, by in ((self.previous, -1), (self.next, 1)):
            button.setProperty("role", "bare")
            button.setAutoRepeat(True)
            button.clicked.connect(lambda _=False, by=by: self._turn(by))
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._head)
        layout.addWidget(self.tiles)
        layout.addWidget(self.problem)
        self.problem.hide()
        self.said.say("Reading the images …")
        document.changed.connect(self._ask)
        workshop.lab.augmented.connect(self._take)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        self._asked = None
        super().hideEvent(event)

    def _ask(self) -> None:
        """Ask for what the recipe makes of the image, where that was not asked already."""
        if not self.isVisible():
            return
        project = self._document.project
        if project.data != self._data:
            self._data = project.data
            self._sample = 0
        question = _question(project, self._sample)
        if question is None or question == self._asked:
            return
        self._asked = question
        self._workshop.lab.observe(question)

    def _turn(self, by: int) -> None:
        if self._samples:
            self._sample = (self._sample + by) % self._samples
            self._ask()

    def _take(self, answer: Augmented) -> None:
        if answer.viewer != VIEWER or not self.isVisible():
            return
        self.problem.setText(answer.message)
        self.problem.setVisible(bool(answer.message))
        self._head.setVisible(not answer.message)
        if answer.message:
            self.tiles.show_images([])
            return
        self._samples = answer.samples
        shown: list[Array] = [answer.image, *answer.images]
        self.tiles.show_images([picture(pixels) for pixels in shown])
        text = f"Image {numbers.count(answer.sample)}, and as it may be learned from"
        self.said.say(text)
        self.tiles.setAccessibleName(f"{text}, {len(answer.images)} times")


def _question(project: Project, sample: int) -> Augment | None:
    """What to ask the lab; None for a network without an Input."""
    shape = input_shape(project)
    if not shape:
        return None
    wanted = Project(data=project.data, recipe=project.recipe)
    return Augment(dumps(wanted), shape, sample, DRAWS, viewer=VIEWER)
