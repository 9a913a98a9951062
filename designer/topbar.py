"""The bar on top: files and undo, data and device, training with its progress, search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.actions import BUSY
from designer.document import Document
from designer.plots.record import Record
from designer.style import SPACE, numbers
from designer.style.icons import icon
from designer.workshop import Workshop
from engine.data import NO_DATA, catalogue
from engine.network import edits
from engine.network.project import DataChoice
from engine.recipe.recipe import DEVICES
from engine.training.events import Event

DEVICE_LABELS = {"auto": "Auto device", "cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU"}


class TopBar(QToolBar):
    """Built from the window's actions; the pickers edit the document, so undo covers them too."""

    location_wanted = Signal()
    """Data was picked that lies nobody knows where."""

    def __init__(
        self,
        document: Document,
        workshop: Workshop,
        actions: Mapping[str, QAction],
        parent: QWidget,
    ) -> None:
        super().__init__("Main", parent)
        self.setObjectName("topbar")
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._document = document
        self._workshop = workshop
        self._record = Record(curves=False)
        for group in (("new", "open", "save"), ("undo", "redo")):
            for name in group:
                self.addAction(actions[name])
            self.addSeparator()
        self.data = self._picker("The images it learns from")
        self.data.addItem("No data", NO_DATA)
        for dataset in catalogue().values():
            self.data.addItem(dataset.title, dataset.name)
        self.device = self._picker("Where it trains")
        for device in DEVICES:
            self.device.addItem(DEVICE_LABELS[device], device)
        self.addSeparator()
        self._add_run(actions)
        self._add_space()
        search = QToolButton()
        search.setText("Search")
        search.setToolTip("Search commands (Ctrl+K)")
        search.setIcon(icon("search", "muted"))
        search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        search.clicked.connect(actions["commands"].trigger)
        self.addWidget(search)
        self.data.activated.connect(self._choose_data)
        self.device.activated.connect(self._choose_device)
        document.changed.connect(self._show_choices)
        workshop.events.connect(self._follow)
        workshop.followed.connect(self._record.clear)
        workshop.status_changed.connect(self._show_status)
        self._show_choices()
        self._show_status(workshop.status)

    def _picker(self, tip: str) -> QComboBox:
        picker = QComboBox()
        picker.setToolTip(tip)
        picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.addWidget(picker)
        return picker

    def _add_run(self, actions: Mapping[str, QAction]) -> None:
        self.train = QPushButton("Train")
        self.train.setProperty("primary", True)
        self.train.setIcon(icon("play", "on_accent"))
        # A click must not pass the focus on to the next button when this one goes grey.
        self.train.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.train.clicked.connect(actions["train"].trigger)
        actions["train"].enabledChanged.connect(self.train.setEnabled)
        self.train.setEnabled(actions["train"].isEnabled())
        self.addWidget(self.train)
        self.addAction(actions["pause"])
        self.addAction(actions["stop"])
        self.progress = QProgressBar(maximum=1000, textVisible=False)
        self.progress.setFixedWidth(150)
        self.caption = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.caption.setProperty("role", "small")
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(2 * SPACE, 0, SPACE, 0)
        layout.setSpacing(3)
        layout.addStretch()
        layout.addWidget(self.caption)
        layout.addWidget(self.progress)
        layout.addStretch()
        self._run_box = self.addWidget(box)

    def _add_space(self) -> None:
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)

    def _choose_data(self, index: int) -> None:
        name = self.data.itemData(index)
        choice = DataChoice(name)
        if name != self._document.project.data.name:
            self._document.do("Choose the data", lambda p: edits.set_data(p, choice))
        known = catalogue().get(name)
        if known is not None and known.own and not self._document.project.data.folder:
            self.location_wanted.emit()

    def _choose_device(self, index: int) -> None:
        device = self.device.itemData(index)
        self._document.do(
            "Choose the device",
            lambda p: edits.set_recipe(p, replace(p.recipe, device=device)),
        )

    def _show_choices(self) -> None:
        project = self._document.project
        self.data.setCurrentIndex(self.data.findData(project.data.name))
        self.device.setCurrentIndex(self.device.findData(project.recipe.device))

    def _show_status(self, status: str) -> None:
        self._run_box.setVisible(status in BUSY)
        if status == "preparing":
            self.progress.setValue(0)
            self.caption.setText("Preparing")
        elif status == "paused":
            self.caption.setText("Paused")

    def _follow(self, events: list[Event]) -> None:
        record = self._record
        record.add(events)
        self.progress.setValue(round(1000 * record.progress))
        if self._workshop.status == "paused":
            return
        if record.started:
            caption = f"Epoch {record.epoch} of {record.epochs}"
            if record.seconds_left > 0:
                caption += f" · {numbers.duration(record.seconds_left)} left"
            self.caption.setText(caption)
        elif record.preparing:
            self.caption.setText(record.preparing)
