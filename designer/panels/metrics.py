"""The metrics panel: what a run takes for what, by class, and the images behind every number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from designer.dataset.held import Places
from designer.document import Document
from designer.inspector.choosing import Combo
from designer.inspector.parts import Empty, Sentence, panel, tool
from designer.style import SPACE
from engine.training.events import EpochEnded, Event, Failed, Finished, Stopped
from engine.training.rundir import PredictedPart, RunDirectory

if TYPE_CHECKING:
    from designer.metrics.judged import Judged
    from designer.metrics.reading import Told
    from designer.workshop import Workshop

TICK_MS = 60
"""How often it is looked whether what was asked for is read."""
SETTLE_MS = 400
"""How long after an epoch its predictions are read, so that short epochs do not crowd."""
ROOMY = 760
"""Pixels of width from which matrix and tables stand side by side."""
TABLE = 388
"""Least pixels of width of a table."""
MATRIX, CLASSES, MISTAKES = range(3)


class MetricsPanel(QWidget):
    """Follows the run that is watched, while it is visible; everything is made when first shown."""

    images_wanted = Signal(str, object, str)
    """A part of the data, rows of it (n,) and a title under which to show them."""
    said = Signal(str)
    """A sentence for people: why no images can be shown."""

    def __init__(
        self, document: Document, workshop: Workshop, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._workshop = workshop
        self._built = False
        self._stale = True
        self._run: RunDirectory | None = None
        self._part: PredictedPart | None = None
        """The part that was chosen by hand."""
        self.judged: Judged | None = None
        self._page = MATRIX
        panel(self)
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settling.timeout.connect(self._ask)
        self._ticking = QTimer(self, interval=TICK_MS)
        self._ticking.timeout.connect(self._tick)
        workshop.events.connect(self._hear)
        workshop.followed.connect(self._begin_anew)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 150)

    # Building

    def _build(self) -> None:
        from designer.metrics.bar import CountBar
        from designer.metrics.matrix import ConfusionMatrix
        from designer.metrics.reading import PredictionsReader
        from designer.metrics.table import NumbersTable

        self._built = True
        self.reader = PredictionsReader()
        self.matrix, self.bar = ConfusionMatrix(), CountBar()
        self.classes, self.mistakes = NumbersTable("Classes"), NumbersTable("Mistakes")
        self.empty = Empty("", "", "table")
        self._left = QWidget()
        left = QHBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(2 * SPACE)
        left.addWidget(self.matrix, 1)
        left.addWidget(self.bar)
        self._right = QWidget()
        self._tables = QStackedLayout(self._right)
        for table in (self.classes, self.mistakes):
            self._tables.addWidget(table)
        body = QWidget()
        both = QHBoxLayout(body)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(3 * SPACE)
        both.addWidget(self._left, 3)
        both.addWidget(self._right, 2)
        self._right.setMinimumWidth(TABLE)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(self._head())
        column.addWidget(body, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(page)
        self._connect()

    def _head(self) -> QHBoxLayout:
        self.part = Combo()
        self.part.setAccessibleName("Images that were guessed")
        self.part.activated.connect(self._choose_part)
        self.told = Sentence("muted")
        self.shares = tool("%", tip="Parts of each true class instead of images", toggle=True)
        self.wrong = tool("Only wrong", tip="Leave out what is right", toggle=True)
        self.fit = tool(sign="fit", tip="Show all classes")
        self.fit.hide()
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        self.part.setMinimumContentsLength(7)
        row.addWidget(self.part)
        self._group = QButtonGroup(self)
        titles = ("Matrix", "Classes", "Mistakes")
        self.pages = [tool(title, toggle=True) for title in titles]
        self.page = Combo()
        self.page.setAccessibleName("What is shown")
        self.page.addItems(titles)
        self.page.activated.connect(self.show_page)
        row.addWidget(self.page)
        row.addSpacing(SPACE)
        row.addWidget(self.told, 1)
        for item in (self.fit, self.shares, self.wrong):
            row.addWidget(item)
        row.addSpacing(2 * SPACE)
        for number, button in enumerate(self.pages):
            self._group.addButton(button, number)
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        matrix = self.matrix
        self.shares.toggled.connect(self._set_shares)
        self.wrong.toggled.connect(self._set_mistakes)
        self.fit.clicked.connect(matrix.fit)
        matrix.pointed.connect(lambda _: self._tell())
        matrix.opened.connect(self.open_cell)
        matrix.zoomed.connect(lambda: self.fit.setVisible(not matrix.fits))
        self._group.idClicked.connect(self.show_page)
        self.classes.chosen.connect(self._show_class)
        self.classes.opened.connect(self._open_class)
        self.mistakes.chosen.connect(self._show_mistake)
        self.mistakes.opened.connect(self._open_mistake)
        self.show_page(MATRIX)

    # Reading

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._built:
            self._build()
        if self._stale:
            self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        self._settling.stop()
        self._ticking.stop()
        super().hideEvent(event)

    def close_reader(self) -> None:
        """The program ends: read no more."""
        self._ticking.stop()
        if self._built:
            self.reader.close()

    def _hear(self, events: list[Event]) -> None:
        if any(isinstance(event, (EpochEnded, Finished, Stopped, Failed)) for event in events):
            self._stale = True
            if self.isVisible() and not self._settling.isActive():
                self._settling.start()

    def _begin_anew(self) -> None:
        self._stale = True
        self._part = None
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        run = self._workshop.run
        self._stale = False
        if run != self._run:
            self._run = run
            self._show_nothing("Reading what was guessed", "")
        if run is None:
            self._show_nothing(
                "No run yet",
                "Press Train to see here what is taken for what, as soon as images are validated.",
            )
            return
        self.reader.ask(run, self._part)
        self._ticking.start()

    def _tick(self) -> None:
        told = self.reader.poll()
        if told is not None and self._run is not None and told.run == self._run.path:
            self._show(told)
        if not self.reader.busy:
            self._ticking.stop()

    # Showing

    def show_page(self, page: int) -> None:
        """Choose the matrix, or the table of classes or of mistakes."""
        self._page = page
        wide = self.width() >= ROOMY
        shown = max(page, CLASSES) if wide else page
        self.page.setVisible(not wide)
        self.page.setCurrentIndex(shown)
        for number, button in enumerate(self.pages):
            button.setVisible(wide and number != MATRIX)
            button.setChecked(number == shown)
        self._left.setVisible(wide or shown == MATRIX)
        self._right.setVisible(shown != MATRIX)
        if shown != MATRIX:
            self._tables.setCurrentIndex(shown - CLASSES)
        for item in (self.shares, self.wrong):
            item.setVisible(wide or shown == MATRIX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self.show_page(self._page)

    def _show(self, told: Told) -> None:
        from designer.metrics.reading import Unjudged
        from designer.metrics.table import class_columns, mistake_columns

        if isinstance(told, Unjudged):
            self._show_nothing(told.title, told.hint)
            return
        self.judged = told
        self.part.clear()
        for part in told.parts:
            self.part.addItem(part.capitalize(), part)
        self.part.setCurrentIndex(self.part.findData(told.part))
        self.part.setVisible(len(told.parts) > 1)
        self.matrix.show_judged(told)
        self.classes.show_columns(class_columns(told))
        self.mistakes.show_columns(mistake_columns(told))
        self._scale()
        self._stack.setCurrentIndex(1)

    def _show_nothing(self, title: str, hint: str) -> None:
        self.judged = None
        self.matrix.show_judged(None)
        self.empty.say(title, hint)
        self._stack.setCurrentIndex(0)

    def _scale(self) -> None:
        self.bar.show_counts(self.matrix.picture.scale.high, self.matrix.shares)
        self._tell()

    def _tell(self) -> None:
        judged, cell = self.judged, self.matrix.cell
        if judged is None:
            return
        self.told.say(judged.summary if cell is None else judged.told(*cell))
        self.bar.show_value(None if cell is None else self.matrix.value(cell))

    # Hands

    def _choose_part(self) -> None:
        self._part = self.part.currentData()
        self._ask()

    def _set_shares(self, shares: bool) -> None:
        self.matrix.set_shares(shares)
        self._scale()

    def _set_mistakes(self, mistakes: bool) -> None:
        self.matrix.set_mistakes(mistakes)
        self._scale()

    def open_cell(self, true: int, guessed: int) -> None:
        """Have the images of a true class shown that are taken for another, or for itself."""
        judged = self.judged
        if judged is not None:
            self._open(judged, judged.rows(true, guessed), judged.title(true, guessed))

    def _show_class(self, place: int) -> None:
        from designer.metrics.cells import Cell

        self.matrix.show_cell(Cell(place, place))

    def _open_class(self, place: int) -> None:
        judged = self.judged
        if judged is not None:
            self._open(judged, judged.missed(place), judged.missed_title(place))

    def _show_mistake(self, place: int) -> None:
        from designer.metrics.cells import Cell

        if self.judged is not None:
            true, guessed = self.judged.mistakes
            self.matrix.show_cell(Cell(int(true[place]), int(guessed[place])))

    def _open_mistake(self, place: int) -> None:
        if self.judged is not None:
            true, guessed = self.judged.mistakes
            self.open_cell(int(true[place]), int(guessed[place]))

    def _open(self, judged: Judged, rows: Places, title: str) -> None:
        if judged.data != self._document.project.data:
            self.said.emit(
                f"This run guessed images of {judged.data.name}, and the network on the canvas has "
                f"{self._document.project.data.name}; open the run from Runs to see its images."
            )
        elif not len(rows):
            self.said.emit(f"{title[:1].upper()}{title[1:]}.")
        else:
            self.images_wanted.emit(judged.part, rows, title)
