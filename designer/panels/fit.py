"""Make it fit: wishes for the selected nodes, and the settings that meet them, ranked."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector import text as texts
from designer.inspector.choosing import Several
from designer.inspector.form import Form
from designer.inspector.parts import Empty, Facts, Sentence, label, panel
from designer.panels.fit_results import Results, consequences, now
from designer.style import SPACE, numbers
from engine.design.bench import Bench
from engine.design.candidates import Candidate, Outcome
from engine.design.goals import Goal, GoalError
from engine.design.search import DEEPEST, Search
from engine.fields import Choice, Flag, Integer, Pair, Value
from engine.network.edits import EditError

WISHES = {
    "keep": Flag(label="keep the size", help="What comes out is as high and wide as what goes in."),
    "size": Pair(
        label="output size",
        help="Height and width of what comes out; one number for both.",
        unit="px",
        low=1,
        high=100_000,
        none="any",
    ),
    "receptive": Integer(
        label="receptive field at least",
        help="How much of the image one value of the output sees, at least, along both axes.",
        unit="px",
        low=1,
        high=100_000,
        none="any",
    ),
    "parameters": Integer(
        label="parameters at most",
        help="Learnable numbers, such as 50,000 or 1.2 M.",
        low=0,
        high=10**12,
        none="any",
    ),
    "macs": Integer(
        label="MACs at most",
        help="Multiply-accumulate operations for one image, such as 500 k or 1.2 M.",
        low=0,
        high=10**15,
        none="any",
    ),
    "counted": Choice(
        label="counted for",
        help="Whose parameters and MACs are counted.",
        options=("selection", "network"),
    ),
}
SLICE_S = 0.012
"""How long the search has the event loop for itself at a time."""
PATIENCE_S = 20.0
"""After this long the search ends with what it has."""
SHOW_AFTER_S = 0.3
"""A search that ends sooner shows no progress."""
REFRESH_S = 0.15
"""How often a search shows what it has."""


class FitPanel(QWidget):
    """Wishes above, ways to meet them below. Nothing changes before one is applied, as one step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        panel(self)
        self.wishes: dict[str, Value] = dict.fromkeys(WISHES)
        self.wishes.update(keep=False, counted="selection")
        self._search: Search | None = None
        self._began = self._shown_at = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        self.stack = QStackedWidget()
        self.empty = Empty(
            "Nothing selected",
            "Select a layer, or several that follow each other, and say what they should give.",
            "fit",
        )
        self.stack.addWidget(self.empty)
        page = QScrollArea(widgetResizable=True)
        page.setFrameShape(QFrame.Shape.NoFrame)
        page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page.setWidget(self._page())
        self.stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)
        document.shown_changed.connect(self._follow)
        document.selection_changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        return QSize(312, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 240)

    # Building

    def _page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        self.title = Sentence("title")
        self.flow = Sentence("muted")
        self.form = Form(WISHES)
        self.form.show_values(self.wishes)
        self.form.committed.connect(self._wish)
        self.form.expressed.connect(self._work_out)
        layout.addWidget(self.title)
        layout.addWidget(self.flow)
        layout.addWidget(self.form)
        layout.addLayout(self._buttons())
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        layout.addWidget(self.progress)
        self.said = label(role="muted", wrap=True)
        layout.addWidget(self.said)
        self.results = Results()
        self.results.applied.connect(self.apply)
        self.results.shown.connect(self._preview)
        layout.addWidget(self.results, 1)
        self.apply_button = QPushButton("Apply")
        self.apply_button.setToolTip("Set this in the network; undo takes it back (Enter)")
        self.apply_button.clicked.connect(lambda: self.apply(self.results.chosen))
        self.preview_title = QWidget()
        row = QHBoxLayout(self.preview_title)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label("Now → then", "section"), 1)
        row.addWidget(self.apply_button)
        self.preview = Facts()
        layout.addWidget(self.preview_title)
        layout.addWidget(self.preview)
        self._space = QWidget()
        layout.addWidget(self._space, 1)
        return page

    def _buttons(self) -> QHBoxLayout:
        self.find_button = QPushButton("Find settings")
        self.find_button.setProperty("primary", True)
        self.find_button.setToolTip("Try all settings of the selected layers (Enter in a field)")
        self.find_button.clicked.connect(self.start)
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop searching and keep what was found (Esc)")
        self.cancel.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(self.find_button, 1)
        row.addWidget(self.cancel)
        return row

    # Wishing

    @property
    def goal(self) -> Goal:
        """What is wished for at the moment."""
        size, wishes = self.wishes["size"], self.wishes
        pair = (size, size) if isinstance(size, int) else size
        return Goal(
            size="same" if wishes["keep"] else pair,  # type: ignore[arg-type]
            receptive_at_least=wishes["receptive"],  # type: ignore[arg-type]
            parameters_at_most=wishes["parameters"],  # type: ignore[arg-type]
            macs_at_most=wishes["macs"],  # type: ignore[arg-type]
            counted=wishes["counted"],  # type: ignore[arg-type]
        )

    def _wish(self, name: str, value: Value, key: str = "") -> None:
        self.wishes[name] = value
        self.form.editors["size"].setEnabled(not self.wishes["keep"])
        self.form.show_values(self.wishes)
        if self.goal.empty:
            self._forget()
        elif not key:
            self.start()

    def _work_out(self, name: str, text: str) -> None:
        value = texts.worked_out(WISHES[name], text)
        if isinstance(value, Several):
            self.form.refuse(name, "A wish is a number.")
        else:
            self._wish(name, value)

    def begin(self) -> None:
        """Put the keyboard into the first wish."""
        self.form.editors["size"].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Searching

    def start(self) -> None:
        """Look for settings that meet the wishes."""
        self._forget()
        document = self._document
        try:
            bench = Bench(
                document.project,
                document.analysis,
                document.selection,
                self.goal,
                document.scope,
            )
        except (GoalError, EditError) as error:
            self._say(str(error))
            return
        self._search = Search(bench)
        self._began = perf_counter()
        self._shown_at = 0.0
        self._timer.start()
        self._show_busy()

    def stop(self) -> None:
        """End the search and keep what it has found."""
        if self._search is not None and self._timer.isActive():
            self._timer.stop()
            self._show_outcome(self._search.outcome)
            self._show_busy()

    @property
    def searching(self) -> bool:
        return self._timer.isActive()

    def _go_on(self) -> None:
        if self._search is None:
            self._timer.stop()
            return
        done = self._search.run(SLICE_S)
        passed = perf_counter() - self._began
        if done or passed > PATIENCE_S:
            self.stop()
            return
        if passed - self._shown_at > REFRESH_S:
            self._shown_at = passed
            self._show_busy()
            self.results.show_candidates(self._search.outcome.candidates)
            self._arrange()

    def _show_busy(self) -> None:
        late = self.searching and perf_counter() - self._began > SHOW_AFTER_S
        self.progress.setVisible(late)
        self.cancel.setVisible(late)
        if late and self._search is not None:
            self.progress.setValue(round(1000 * self._search.progress))
            self._say(f"Searching: {numbers.count(self._search.tried)} settings tried")

    def _show_outcome(self, outcome: Outcome) -> None:
        nearest = (outcome.nearest,) if outcome.nearest is not None else ()
        self.results.show_candidates(outcome.candidates or nearest)
        self._say(told(outcome))
        self._arrange()

    def _forget(self) -> None:
        self._timer.stop()
        self._search = None
        self.results.show_candidates(())
        self._say("")
        self._show_busy()
        self._arrange()

    # Applying

    def apply(self, candidate: Candidate | None) -> None:
        """Set what a candidate sets, in one step of undo."""
        if candidate is None:
            return
        nodes = dict.fromkeys(item.node for item in candidate.edit.assignments)
        some = " and ".join(nodes) if len(nodes) < 3 else f"{len(nodes)} layers"
        if self._document.do(f"Fit {some}", candidate.edit):
            self._forget()
            self._say(f"Applied: {candidate.changes}.")

    def _preview(self, candidate: Candidate | None) -> None:
        self.preview.show_facts(
            consequences(now(self._document), candidate) if candidate is not None else ()
        )
        self._arrange()

    # Showing

    def _follow(self) -> None:
        """What was found belongs to the network and the selection as they were."""
        self._forget()
        self._show_head()

    def _show_head(self) -> None:
        names = self._document.selection
        self.stack.setCurrentIndex(1 if names else 0)
        if names and self.isVisible():
            one = len(names) == 1
            self.title.say(names[0] if one else f"{numbers.count(len(names))} layers selected")
            self.flow.say(now(self._document).flow)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _arrange(self) -> None:
        some = self.results.count() > 0
        chosen = self.results.looked_at is not None
        self.results.setVisible(some)
        self._space.setVisible(not some)
        self.preview_title.setVisible(chosen)
        self.preview.setVisible(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.searching:
            self.stop()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_head()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()


def told(outcome: Outcome) -> str:
    """What a search came to, in a sentence or two."""
    count = len(outcome.candidates)
    if outcome.met:
        return "It is so already; nothing has to change."
    looked = f"{numbers.count(outcome.tried)} settings tried"
    if outcome.finished:
        most = min(outcome.complete_to, DEEPEST)
        looked += f", all with up to {most} change{'s' if most > 1 else ''}"
    else:
        looked += f" of {numbers.count(outcome.space)}"
    if count:
        return f"{count} way{'s' if count > 1 else ''} found; {looked}."
    reason = outcome.reason if outcome.finished else "Nothing found yet."
    near = " Below is what comes nearest." if outcome.nearest is not None else ""
    return f"{reason}{near} {looked[:1].upper()}{looked[1:]}."
