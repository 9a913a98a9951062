"""The feature maps of any node for any sample, with the weights as they are at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, QStringListModel
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.choosing import Combo
from designer.inspector.editors import TextEditor
from designer.inspector.parts import Empty, Sentence, label, panel, tool
from designer.style import SPACE, numbers
from designer.viewers.map_grid import MapGrid, Spot
from designer.viewers.sample import NARROW, WIDE, SampleView
from designer.viewers.scales import MOST_BARS, ColorBar, VectorBars
from engine.data import DataError, describe
from engine.fields import Integer
from engine.network.network import Instance
from engine.network.scope import node_of, opened
from engine.workers.messages import Observation, Observe

if TYPE_CHECKING:
    from designer.workshop import Workshop

VIEWER = "feature maps"
BESIDE = 640
"""From this width on, in pixels, the predictions stand beside the image."""
MOST_SAMPLES = 10_000_000


class FeatureMaps(QWidget):
    """Asks the lab while it is visible, and only then."""

    def __init__(
        self, document: Document, workshop: Workshop, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        panel(self)
        self._workshop = workshop
        self._node = ""
        self._sample = 0
        self._samples = 0
        self._asked: Observe | None = None
        self._listed: list[str] = []
        self._lab_message = ""
        self.observation: Observation | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(self._head())
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.readout, 1)
        foot.addWidget(self.weights)
        layout.addLayout(foot)
        self.empty = Empty("", "", "grid")
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._body())
        document.changed.connect(self._refresh)
        document.selection_changed.connect(self._refresh)
        document.scope_changed.connect(self._refresh)
        workshop.lab.observed.connect(self._take)
        workshop.lab.changed.connect(self._show_lab)
        workshop.lab.weights_changed.connect(self._show_weights)
        self._show_weights(workshop.lab.weights_from)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(360, 170)

    # Building

    def _head(self) -> QHBoxLayout:
        self.nodes = Combo()
        self.nodes.setAccessibleName("Node")
        self._names = QStringListModel(self)
        self.nodes.setModel(self._names)
        self.nodes.setMinimumWidth(90)
        self.nodes.setMaximumWidth(220)
        self.nodes.activated.connect(self._choose_node)
        self.follow = tool(
            "Follow", tip="Show the node that is selected on the canvas", toggle=True
        )
        self.follow.setChecked(True)
        self.follow.toggled.connect(self._refresh)
        self.sample = TextEditor(Integer(low=0, high=MOST_SAMPLES, unit="sample"))
        self.sample.setAccessibleName("Sample")
        self.sample.setFixedWidth(110)
        self.sample.show_value(0)
        self.sample.committed.connect(lambda value, _: self._choose_sample(value))
        self.previous = self._turn("chevron_left", "Previous sample", -1)
        self.next = self._turn("chevron_right", "Next sample", 1)
        self.scaling = tool(
            "Per channel",
            tip="Give every channel the whole range of colours for itself",
            toggle=True,
        )
        self.scaling.toggled.connect(self._show)
        self.untrained = tool(
            "Untrained", tip="Show the network as it was before training", toggle=True
        )
        self.untrained.toggled.connect(lambda on: self._workshop.show_trained(not on))
        self.weights = label(role="muted")
        self.readout = Sentence()
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for item in (self.nodes, self.follow, self.previous, self.sample, self.next):
            row.addWidget(item)
        row.addStretch(1)
        row.addWidget(self.untrained)
        return row

    def _turn(self, sign: str, text: str, by: int) -> QToolButton:
        button = tool(sign=sign, tip=text)
        button.setAutoRepeat(True)
        button.clicked.connect(lambda: self._choose_sample(self._sample + by))
        return button

    def _body(self) -> QWidget:
        self.input = SampleView()
        self.grid = MapGrid()
        self.bars = VectorBars()
        self.colors = ColorBar()
        for item in (self.grid, self.bars):
            item.pointed.connect(self._point)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * SPACE)
        row.addWidget(self.input)
        self._pictures = QStackedLayout()
        row.addLayout(self._pictures, 1)
        self._pictures.addWidget(self.grid)
        self._pictures.addWidget(self.bars)
        side = QVBoxLayout()
        side.addWidget(self.colors, 1)
        side.addWidget(self.scaling)
        row.addLayout(side)
        return body

    # Asking

    @property
    def node(self) -> str:
        """The node that is shown."""
        return self._node

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.input.setFixedWidth(WIDE if self.width() >= BESIDE else NARROW)

    def hideEvent(self, event: QHideEvent) -> None:
        self._asked = None
        self._workshop.lab.watch(None, VIEWER)
        super().hideEvent(event)

    def _refresh(self) -> None:
        """Bring node and question up to date with document and selection."""
        if not self.isVisible():
            return
        names = self._nodes()
        if names != self._listed:
            self._listed = names
            self._names.setStringList(names)
        selection = self._document.selected_paths
        if self.follow.isChecked() and len(selection) == 1:
            self._node = selection[0]
        elif node_of(self._document.project, self._node) is None:
            self._node = self._first()
        self.nodes.setCurrentIndex(names.index(self._node) if self._node in names else -1)
        self._ask()

    def _nodes(self) -> list[str]:
        """The nodes of the network, and those of the blocks entered, each under its instance."""
        project, scope = self._document.project, self._document.scope
        names = list(project.network.nodes)
        for depth in range(1, len(scope) + 1):
            path = "/".join(scope[:depth])
            inner = opened(project, scope[:depth]).network.nodes
            place = names.index(path) + 1
            names[place:place] = [f"{path}/{name}" for name in inner]
        return names

    def _first(self) -> str:
        """The node to begin with: the first that computes maps, else the first of all."""
        analysis = self._document.analysis
        for name in analysis.order:
            report = analysis.nodes[name]
            if report.inputs and report.known and len(report.outputs[0]) == 3:
                return name
        return next(iter(self._document.project.network.nodes), "")

    def _ask(self) -> None:
        if self._node and self._document.analysis.valid:
            question = Observe(sample=self._sample, node=self._node, viewer=VIEWER)
            if question != self._asked:
                self._asked = question
                self._workshop.lab.watch(question, VIEWER)
        self._show()

    def _choose_node(self, index: int) -> None:
        self._node = self._listed[index]
        if self.follow.isChecked():
            self._document.select_paths([self._node])
        self._ask()

    def _choose_sample(self, sample: int) -> None:
        last = self._samples - 1 if self._samples else MOST_SAMPLES
        self._sample = min(max(sample, 0), last)
        self.sample.show_value(self._sample)
        self._ask()

    # Showing

    def _take(self, observation: Observation) -> None:
        if observation.viewer != VIEWER or observation.node != self._node:
            return
        self.observation = observation
        self._samples = observation.samples
        if self._sample >= self._samples > 0:
            self._choose_sample(self._samples - 1)
        if self.isVisible():
            self._show()

    def _show(self) -> None:
        seen = self.observation
        if not self._document.analysis.valid or seen is None or seen.node != self._node:
            self._show_empty()
            return
        self._stack.setCurrentIndex(1)
        names = self._class_names()
        label_name = names[seen.label] if seen.label < len(names) else str(seen.label)
        self.input.show_sample(seen.image, label_name, seen.probabilities, names)
        values = seen.activation
        if values.ndim == 1 and len(values) <= MOST_BARS:
            self.bars.show_values(values, names)
            self._pictures.setCurrentWidget(self.bars)
        else:
            maps = values.reshape(-1, 1, 1) if values.ndim == 1 else values
            self.grid.show_values(maps, self.scaling.isChecked() and values.ndim == 3)
            self._pictures.setCurrentWidget(self.grid)
            self.colors.show_scale(self.grid.scale, self.grid.per_channel)
        for item in (self.colors, self.scaling):
            item.setVisible(self._pictures.currentWidget() is self.grid)
        self.scaling.setEnabled(values.ndim == 3)
        self._point(self._spot())

    def _show_empty(self) -> None:
        self._stack.setCurrentIndex(0)
        self.readout.say("")
        project, state = self._document.project, self._workshop.lab.state
        if not project.network.nodes:
            self.empty.say("Nothing drawn yet", "Drag a layer from the left onto the canvas.")
        elif not self._document.analysis.valid:
            self.empty.say(
                "The network cannot run yet", self._document.analysis.problems[0].message
            )
        elif state == "failed":
            self.empty.say(
                "The lab has stopped", self._lab_message or "Edit the network to start it again."
            )
        else:
            self.empty.say("Looking inside", self._lab_message or "The lab is starting.")

    def _show_lab(self, state: str, message: str) -> None:
        self._lab_message = message
        if self.isVisible() and self._stack.currentIndex() == 0:
            self._show_empty()

    def _show_weights(self, weights: str) -> None:
        texts = {"untrained": "untrained weights", "final": "final weights"}
        self.weights.setText(texts.get(weights, f"weights after {weights}"))

    def _class_names(self) -> tuple[str, ...]:
        try:
            return describe(self._document.project.data).classes
        except DataError:
            return ()

    def _spot(self) -> Spot | None:
        shown = self._pictures.currentWidget()
        return shown.spot if isinstance(shown, (MapGrid, VectorBars)) else None

    def _point(self, spot: Spot | None) -> None:
        seen = self.observation
        if seen is None:
            return
        values = seen.activation
        if spot is None:
            shape = numbers.shape(values.shape)
            self.readout.say(f"{self._node} · {shape}{self._which()}")
            self.input.show_field(None)
            self.colors.show_value(None)
            return
        if values.ndim == 1:
            value = float(values[spot.channel])
            self.readout.say(f"value {spot.channel} = {numbers.real(value)}")
        else:
            value = float(values[spot])
            self.readout.say(
                f"channel {spot.channel}, row {spot.row}, column {spot.column} = {numbers.real(value)}"
            )
        self.colors.show_value(value)
        self.input.show_field(self._field(spot) if values.ndim == 3 else None)

    def _which(self) -> str:
        """Which application is shown of a node inside a repeated block."""
        *scope, _ = self._node.split("/")
        for depth in range(1, len(scope) + 1):
            node = node_of(self._document.project, "/".join(scope[:depth]))
            content = node.content if node is not None else None
            if isinstance(content, Instance) and content.repeat > 1:
                return f" · the first of {content.repeat} applications of {scope[depth - 1]}"
        return ""

    def _field(self, spot: Spot) -> QRectF | None:
        """What the value at `spot` sees, in pixels of the input image."""
        field = self._document.analysis.receptive(self._node)
        if field is None or not np.isfinite((*field.size, *field.stride, *field.offset)).all():
            return None
        top, left = (
            place * stride + offset
            for place, stride, offset in zip(
                (spot.row, spot.column), field.stride, field.offset, strict=True
            )
        )
        return QRectF(left, top, field.size[1], field.size[0])
