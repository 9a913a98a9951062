"""The data panel: the images that a network learns from, and what is to be known of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.dataset.channels import Channels
from designer.dataset.classes import Classes
from designer.dataset.doubles import VIEWER as DOUBLES
from designer.dataset.doubles import Doubles
from designer.dataset.held import Held, Part
from designer.dataset.samples import Samples
from designer.document import Document
from designer.inspector.parts import Empty, Sentence, label, panel, tool
from designer.style import SPACE, numbers
from designer.workshop import input_shape
from engine.data import NO_DATA
from engine.workers.messages import (
    Examine,
    Examining,
    Gathered,
    Glance,
    Glimpsed,
    Surveyed,
    Unreadable,
)

if TYPE_CHECKING:
    from designer.workshop import Workshop

SETTLE_MS = 300
"""How long the document must stand still before its data is looked at anew."""


class DataPanel(QWidget):
    """Follows the document's data, input shape and validation share, while it is visible.

    The lab reads and surveys; images come a page at a time, for what is in sight.
    """

    asked_for = Signal()
    """Somebody wants images shown: the panel should come to the front."""
    examined = Signal(object)
    """The `Held` dataset that is shown from now on."""

    def __init__(
        self, document: Document, workshop: Workshop, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._workshop = workshop
        panel(self)
        self.held: Held | None = None
        self._asked: Examine | None = None
        self._pending: tuple[Part, np.ndarray, str, bool] | None = None
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settling.timeout.connect(self._follow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self._nothing())
        self._stack.addWidget(self._body())
        layout.addWidget(self._foot())
        samples = self.samples
        below = (samples.grid, samples.part, samples.kind, samples.large)
        for before, after in pairwise((*self._group.buttons(), self._refresh, *below)):
            QWidget.setTabOrder(before, after)
        document.changed.connect(self._settle)
        workshop.lab.looked.connect(self._take)
        workshop.lab.changed.connect(self._follow_lab)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(360, 150)

    def add_page(self, title: str, page: QWidget) -> QToolButton:
        """Add a page behind the others; its button, by which it is chosen."""
        button = tool(title, toggle=True)
        self._group.addButton(button, self.pages.addWidget(page))
        self._tabs.insertWidget(self.pages.count() - 1, button)
        return button

    def show_images(self, part: Part, positions: Sequence[int] | np.ndarray, title: str) -> None:
        """Bring the panel to the front with these images alone, under a title.

        `positions` count from 0 within a part of the document's data: the training images without
        those kept aside, those kept aside (`validation`), or the test images, as a run over the same
        data numbers them. Where the data is not read yet they are shown when it is.
        """
        self._bring(part, np.asarray(positions, np.int64), title, False)

    def show_rows(self, part: Part, rows: np.ndarray, title: str) -> None:
        """As `show_images`, of rows (n,) of the whole training set, kept aside or not, or for `test` of
        the test set, as a run's predictions number them.
        """
        self._bring(part, rows, title, True)

    def _bring(self, part: Part, places: np.ndarray, title: str, whole: bool) -> None:
        self._pending = part, places, title, whole
        self.asked_for.emit()
        self._show_pending()

    # Building

    def _nothing(self) -> QWidget:
        self.empty = Empty("", "", "data")
        self.again = QPushButton("Look again")
        self.again.clicked.connect(self.look_again)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.empty, 1)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignHCenter)
        return box

    def _body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        self._tabs = QHBoxLayout()
        self._tabs.setSpacing(SPACE)
        self._tabs.addStretch(1)
        self._refresh = tool(sign="again", tip="Read the files again, since they may have changed")
        self._refresh.clicked.connect(self.look_again)
        self._tabs.addWidget(self._refresh)
        column.addLayout(self._tabs)
        self._group = QButtonGroup(self)
        self.pages = QStackedLayout()
        column.addLayout(self.pages, 1)
        self.samples, self.classes = Samples(), Classes()
        self.channels, self.doubles = Channels(), Doubles()
        for page in (self.samples, self.doubles):
            page.wanted.connect(self._glance)
        self._samples_button = self.add_page("Samples", self.samples)
        self.add_page("Classes", self.classes)
        self.add_page("Channels", self.channels)
        self._doubles_button = self.add_page("Doubles", self.doubles)
        self._left_out_button = self.add_page("Left out", self._left_out())
        self._samples_button.setChecked(True)
        self._group.idClicked.connect(self.pages.setCurrentIndex)
        return body

    def _left_out(self) -> QWidget:
        self.remark = label(wrap=True)
        self._remarks = QStringListModel(self)
        files = QListView()
        files.setModel(self._remarks)
        files.setFrameShape(QFrame.Shape.NoFrame)
        files.setWordWrap(True)
        files.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        files.setAccessibleName("Files that were left out or changed")
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.remark)
        column.addWidget(files, 1)
        return page

    def _foot(self) -> QWidget:
        self.progress = QProgressBar(maximum=1000, textVisible=False)
        self.progress.setFixedWidth(150)
        self.doing = Sentence("small")
        self.stop = tool("Stop", tip="Read and look through no further")
        self.stop.clicked.connect(self.give_up)
        self._working = QWidget()
        row = QHBoxLayout(self._working)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        row.addWidget(self.progress)
        row.addWidget(self.doing, 1)
        row.addWidget(self.stop)
        self._working.hide()
        return self._working

    # Asking

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow()

    def look_again(self) -> None:
        """Read everything once more."""
        self._asked = None
        self._follow(afresh=True)

    def give_up(self) -> None:
        """End the reading, or the looking through; what is there stays."""
        self._workshop.lab.examine(None)
        self._working.hide()
        if self.held is None:
            self._say("Stopped", "The images were not read to the end.", again=True)
        elif not self.doubles.findings:
            self._show_unsurveyed("Not looked through to the end.")

    def _settle(self) -> None:
        if self._question() != self._asked:
            self._settling.start()

    def _question(self) -> Examine:
        project = self._document.project
        return Examine(
            project.data.name,
            project.data.folder,
            input_shape(project),
            project.recipe.validation,
        )

    def _follow(self, afresh: bool = False) -> None:
        """Bring the question up to date with the document."""
        question = self._question()
        if not self.isVisible() or question == self._asked:
            return
        before, self._asked = self._asked, question
        if question.data == NO_DATA:
            self.held = None
            self._workshop.lab.examine(None)
            self._working.hide()
            self._say("No data", "Choose the images to learn from in the bar on top.")
            return
        if before is None or (before.data, before.folder, before.shape) != (
            question.data,
            question.folder,
            question.shape,
        ):
            self.held = None
            self._say("Reading the images", "The lab is starting.")
        self._show_progress("Reading the images", 0.0)
        self._workshop.lab.examine(
            Examine(question.data, question.folder, question.shape, question.validation, afresh)
        )

    def _glance(self, places: np.ndarray, edge: int, viewer: str) -> None:
        if self.held is not None:
            self._workshop.lab.glance(Glance(self.held.of, places, edge, viewer))

    # Showing

    def _take(self, told: object) -> None:
        match told:
            case Examining():
                self._show_progress(told.message, told.fraction)
            case Unreadable():
                self.held = None
                self._working.hide()
                self._say("The images cannot be shown", told.message, again=True)
            case Gathered():
                self._show_gathered(told)
            case Surveyed() if self.held is not None:
                self._show_surveyed(self.held, told)
            case Glimpsed() if self.held is not None:
                if told.viewer == DOUBLES:
                    self.doubles.take(told.places, told.images)
                else:
                    self.samples.take(told.viewer, told.places, told.images)

    def _show_progress(self, message: str, fraction: float) -> None:
        self._working.show()
        self.doing.say(message)
        self.progress.setValue(round(1000 * fraction))
        if self.held is None:
            self._say(message, "The window goes on meanwhile; Stop ends it.")

    def _show_gathered(self, told: Gathered) -> None:
        self.held = Held(told)
        self.samples.show_dataset(self.held)
        self._show_unsurveyed("Looking through the data …")
        shown = numbers.count(len(told.remarks))
        first = f"The first {shown} of them are:" if told.remarked > len(told.remarks) else ""
        files = "1 file was" if told.remarked == 1 else f"{numbers.count(told.remarked)} files were"
        self.remark.setText(f"{files} left out or changed: mend or remove what is named. {first}")
        self._remarks.setStringList(list(told.remarks))
        self._left_out_button.setText(f"Left out ({numbers.count(told.remarked)})")
        self._left_out_button.setVisible(told.remarked > 0)
        if not told.remarked and self._left_out_button.isChecked():
            self._samples_button.click()
        self._stack.setCurrentIndex(1)
        self._show_pending()
        self.examined.emit(self.held)

    def _show_unsurveyed(self, sentence: str) -> None:
        """Nothing is known yet but which images there are."""
        self._doubles_button.setText("Doubles")
        for page in (self.classes, self.channels, self.doubles):
            page.wait(sentence)

    def _show_surveyed(self, held: Held, told: Surveyed) -> None:
        self._working.hide()
        self.classes.show_counts(held.classes, told.balance)
        self.channels.show_counts(told.counts)
        self.doubles.show_found(held, told)
        self._doubles_button.setText(f"Doubles ({numbers.count(self.doubles.count)})")

    def _show_pending(self) -> None:
        if self.held is None or self._pending is None:
            return
        part, places, title, whole = self._pending
        self._pending = None
        self._samples_button.click()
        held = self.held
        found = held.rows(part, places) if whole else held.within(part, places)
        self.samples.show_list((title, found))

    def _say(self, title: str, hint: str, again: bool = False) -> None:
        """Say why there is nothing to see, and what to do."""
        self.empty.say(title, hint)
        self.again.setVisible(again)
        self._stack.setCurrentIndex(0)

    def _follow_lab(self, state: str, message: str) -> None:
        if state == "failed" and self.isVisible() and self.held is None and self._asked:
            self._working.hide()
            self._say("The lab has stopped", message, again=True)
