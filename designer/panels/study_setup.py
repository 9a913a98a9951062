"""Setting up a study of the present network: what varies, over how many seeds, and what that comes to."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.choosing import Combo
from designer.inspector.form import Form
from designer.inspector.parts import LABELS, Sentence, label, plain, tool
from designer.panels.part import labelled
from designer.studying import Studying
from designer.style import SPACE, numbers, theme
from engine.fields import Field, Integer, Value
from engine.recipe.recipe import PARTS
from engine.studies.errors import StudyError
from engine.studies.outcomes import cost
from engine.studies.study import Kind, Plan, Study, check, designing, made
from engine.studies.targets import target, targets
from engine.studies.variables import suggestion, variable
from engine.workers.conductor import MOST_AT_ONCE

KINDS: dict[Kind, tuple[str, str]] = {
    "grid": ("Grid", "Every combination of the values below."),
    "random": ("Random search", "Combinations of the values below, drawn by chance."),
    "seeds": ("Seeds", "The network as it is, again and again."),
    "ablation": (
        "Ablation",
        "Each of these nodes muted in turn, or bypassed where that breaks it.",
    ),
}
COUNTS: dict[str, Field] = {
    "draws": Integer(low=1, high=2000, label="draws", help="How many combinations are drawn."),
    "seeds": Integer(
        low=1, high=1000, label="seeds", help="Each variant is trained with so many seeds."
    ),
    "at_once": Integer(
        low=1,
        high=MOST_AT_ONCE,
        label="at once",
        unit="runs",
        help="Runs that are trained at the same time, sharing the cores.",
    ),
}
SLICE_S = 0.012
"""How long variants are checked at a time before the window has its turn."""
QUIET_MS = 250
"""How long after the last change variants are checked."""


class VariableRow(QWidget):
    """A parameter and its values, as text; and a button that takes it away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, path: str, name: str, text: str) -> None:
        super().__init__()
        self.path = path
        self.values = QLineEdit(text)
        self.values.setAccessibleName(f"Values of {path}")
        self.values.setToolTip("Values, as 32,64, or a range, as 0.001..0.1:log:5")
        self.values.textEdited.connect(self.changed)
        remove = tool(sign="dock_close", tip=f"Do not vary {path}")
        remove.clicked.connect(self.removed)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.values, 1)
        row.addWidget(remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        line = labelled(name, box)
        line.setToolTip(plain(path))
        words = line.findChild(QLabel)
        assert words is not None
        words.setWordWrap(True)
        words.setMaximumWidth(LABELS)
        layout.addWidget(line)


def _short(path: str, name: str) -> str:
    """What a parameter is called where there is little room: with its node, in words that can wrap."""
    place = path.rpartition(".")[0]
    return name if place in ("", *PARTS) else f"{place} {name}"


class StudySetup(QWidget):
    """Forms on the left, what they come to on the right. Nothing is trained before Start is pressed."""

    begun = Signal()
    """A study was started."""

    def __init__(
        self, document: Document, studying: Studying, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._studying = studying
        self.counts: dict[str, Value] = {"draws": 20, "seeds": 3, "at_once": 1}
        self.rows: list[VariableRow] = []
        self._work: Generator[int, None, Study] | None = None
        self.study: Study | None = None
        """What would be started: the plan as it is, all variants checked."""
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._begin_checking)
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._check_on)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self._form_side())
        layout.addWidget(self._outlook_side(), 1)
        document.changed.connect(self._replan)
        document.selection_changed.connect(self._show_kind)
        studying.changed.connect(self._show_start)
        theme().changed.connect(self._change_theme)
        self._show_kind()

    # Building

    def _form_side(self) -> QWidget:
        body = QWidget()
        self._fields = QVBoxLayout(body)
        self._fields.setContentsMargins(0, 0, 2 * SPACE, 0)
        self._fields.setSpacing(SPACE + 2)
        self.kind = Combo()
        self.kind.setAccessibleName("Kind of study")
        for kind, (title, _) in KINDS.items():
            self.kind.addItem(title, kind)
        self.kind.activated.connect(self._show_kind)
        self._fields.addWidget(labelled("study", self.kind))
        self.purpose = label(role="muted", wrap=True)
        self._fields.addWidget(self.purpose)
        self.variables = QVBoxLayout()
        self.variables.setSpacing(SPACE + 2)
        self._fields.addLayout(self.variables)
        self.search = QLineEdit(placeholderText="Search: optimizer.learning_rate, conv1.stride …")
        self.search.setAccessibleName("Add a parameter that varies")
        self.search.returnPressed.connect(self._add_searched)
        self._search_row = labelled("vary", self.search)
        self._fields.addWidget(self._search_row)
        self.nodes = QLineEdit(placeholderText="conv1, relu2")
        self.nodes.setAccessibleName("Nodes to take out")
        self.nodes.textEdited.connect(self._replan)
        self.take = QPushButton("Take the selection")
        self.take.clicked.connect(self.take_selection)
        self._nodes_row = labelled("nodes", self.nodes)
        self._fields.addWidget(self._nodes_row)
        self._fields.addWidget(self.take)
        self.forms = {name: Form({name: spec}) for name, spec in COUNTS.items()}
        for form in self.forms.values():
            form.committed.connect(self._set_count)
            form.show_values(self.counts)
            self._fields.addWidget(form)
        self._fields.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        self._scroll = scroll
        return scroll

    def _outlook_side(self) -> QWidget:
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.count = Sentence("strong")
        self.outlook = Sentence("muted")
        words.addWidget(self.count)
        words.addWidget(self.outlook)
        head.addLayout(words, 1)
        self.start = QPushButton("Start study")
        self.start.setProperty("primary", True)
        self.start.clicked.connect(self._start)
        head.addWidget(self.start, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        self.variants = QListWidget()
        self.variants.setAccessibleName("Variants")
        self.variants.setWordWrap(True)
        self.variants.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.variants.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        layout.addWidget(self.variants, 1)
        return side

    # What is asked for

    def plan(self) -> Plan:
        """What the forms say; raises `StudyError`."""
        kind: Kind = self.kind.currentData()
        counts = {name: value for name, value in self.counts.items() if isinstance(value, int)}
        if kind == "seeds":
            return Plan("seeds", counts["seeds"])
        if kind == "ablation":
            words = self.nodes.text().replace(",", " ").split()
            return Plan("ablation", counts["seeds"], nodes=tuple(words))
        project = self._document.project
        made = tuple(variable(project, row.path, row.values.text().strip()) for row in self.rows)
        draws = counts["draws"] if kind == "random" else 0
        return Plan(kind, counts["seeds"], made, draws)

    def add(self, path: str) -> bool:
        """Vary a parameter, around its present value; whether there is one at this path."""
        if any(row.path == path for row in self.rows):
            return True
        try:
            aim = target(self._document.project, path)
        except StudyError as error:
            self._say_problem(str(error))
            return False
        row = VariableRow(path, _short(path, aim.label), suggestion(aim))
        row.changed.connect(self._replan)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self.variables.addWidget(row)
        self._replan()
        return True

    def ablate(self) -> None:
        """Set up an ablation of what is selected."""
        self.kind.setCurrentIndex(self.kind.findData("ablation"))
        self.take_selection()
        self._show_kind()

    def take_selection(self) -> None:
        """Take out what is selected on the canvas."""
        self.nodes.setText(", ".join(self._document.selected_paths))
        self._replan()

    def _add_searched(self) -> None:
        text = self.search.text().strip()
        completer = self.search.completer()
        if completer is not None and text:
            paths = [item.path for item in targets(self._document.project)]
            near = [path for path in paths if text.lower() in path.lower()]
            text = text if text in paths or len(near) != 1 else near[0]
        if text and self.add(text):
            # A completer writes what was chosen once more after it has told of it.
            QTimer.singleShot(0, self.search, self.search.clear)

    def _remove(self, row: VariableRow) -> None:
        self.rows.remove(row)
        self.variables.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._replan()

    def _set_count(self, name: str, value: Value, key: str) -> None:
        del key
        self.counts[name] = value
        self.forms[name].show_values(self.counts)
        self._replan()

    def _show_kind(self) -> None:
        kind: Kind = self.kind.currentData()
        self.purpose.setText(KINDS[kind][1])
        varies = kind in ("grid", "random")
        for row in self.rows:
            row.setVisible(varies)
        self._search_row.setVisible(varies)
        self.forms["draws"].setVisible(kind == "random")
        for item in (self._nodes_row, self.take):
            item.setVisible(kind == "ablation")
        chosen = len(self._document.selection)
        self.take.setEnabled(bool(chosen))
        self.take.setText(
            f"Take the selection ({chosen})" if chosen else "Select nodes to take them"
        )
        self._replan()

    # What it comes to

    def _replan(self) -> None:
        """Check the variants soon."""
        self._slices.stop()
        self._work = self.study = None
        self._show_start()
        if self.isVisible():
            self._quiet.start()

    def _begin_checking(self) -> None:
        project = self._document.project
        self.variants.clear()
        begin = self._beginning()
        if begin:
            self._say_problem(begin, "muted")
            return
        try:
            plan = self.plan()
            most = check(project, plan)
        except StudyError as error:
            self._say_problem(str(error))
            return
        self._work = designing(project, plan)
        self.count.say(self._counted(most, plan.seeds))
        self._say(f"Checking {numbers.count(most)} variants")
        self._slices.start()

    def _beginning(self) -> str:
        """What to do first, while nothing is done yet."""
        kind: Kind = self.kind.currentData()
        if kind in ("grid", "random") and not self.rows:
            return "Choose a parameter to vary."
        if kind == "ablation" and not self.nodes.text().strip():
            return "Select the nodes to take out in turn, or name them."
        return ""

    def _check_on(self) -> None:
        """Go on checking for a while."""
        if self._work is None:
            self._slices.stop()
            return
        end = perf_counter() + SLICE_S
        try:
            while perf_counter() < end:
                next(self._work)
        except StopIteration as done:
            self._slices.stop()
            self._work = None
            self._show_study(done.value)
        except StudyError as error:
            self._slices.stop()
            self._work = None
            self._say_problem(str(error))

    def _show_study(self, study: Study) -> None:
        self.study = study
        self.count.say(self._counted(len(study.variants), study.plan.seeds))
        pace = self._studying.pace()
        left_out = f"{len(study.refused):,} left out; " if study.refused else ""
        if pace:
            works = sum(cost(made(study.project, item)) for item in study.variants[:50])
            work = works * len(study.variants) / min(50, len(study.variants)) * study.plan.seeds
            self._say(f"{left_out}about {numbers.duration(work / pace)}, as quick as the last run")
        else:
            self._say(f"{left_out}how long it takes is told once its first run has begun")
        for item in study.refused:
            self._list(f"{item.label}: {item.sentence}", "error")
        for variant in study.variants:
            self._list(variant.label, "text")
        self._show_start()

    def _list(self, text: str, token: str) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, token)
        item.setForeground(theme().color(token))
        self.variants.addItem(item)

    def _change_theme(self) -> None:
        for place in range(self.variants.count()):
            item = self.variants.item(place)
            item.setForeground(theme().color(item.data(Qt.ItemDataRole.UserRole)))

    def _counted(self, variants: int, seeds: int) -> str:
        of = f"{numbers.count(variants)} variant{'s' if variants > 1 else ''}"
        over = f"{numbers.count(seeds)} seed{'s' if seeds > 1 else ''}"
        return f"{numbers.count(variants * seeds)} runs: {of}, {over} each"

    def _say(self, sentence: str) -> None:
        self.outlook.say(sentence[:1].upper() + sentence[1:])

    def _say_problem(self, sentence: str, token: str = "error") -> None:
        self.count.say("Not ready yet")
        self._say("")
        self.variants.clear()
        self._list(sentence, token)
        self._show_start()

    def _show_start(self) -> None:
        self.start.setEnabled(self.study is not None and not self._studying.live)
        live = "A study goes on; stop it before you start another one"
        self.start.setToolTip(live if self._studying.live else "")

    def _start(self) -> None:
        at_once = self.counts["at_once"]
        assert isinstance(at_once, int)
        if self.study is not None and self._studying.begin(self.study, at_once):
            self.begun.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        paths = [item.path for item in targets(self._document.project)]
        completer = QCompleter(paths, self.search)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(lambda _: QTimer.singleShot(0, self.search, self._add_searched))
        popup = completer.popup()
        assert popup is not None
        popup.setProperty("role", "popup")
        self.search.setCompleter(completer)
        self._replan()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scroll.setFixedWidth(min(360, max(240, self.width() * 45 // 100)))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._quiet.stop()
        self._slices.stop()
