"""The page of the whole network, shown while nothing is selected."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.committing import commit
from designer.inspector.heading import Heading
from designer.inspector.parts import Fact, Facts, ProblemCards, label
from designer.style import SPACE, numbers
from engine.analysis import Analysis
from engine.data import NO_DATA, DataError, describe
from engine.network import edits
from engine.network.project import Project

MOST_PROBLEMS = 5


class NetworkPage(QWidget):
    """Its name, totals, data, and what to do next."""

    chosen = Signal(str)
    """A node with a problem, to be looked at."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        self.heading = Heading(
            "Name of the network", "The network's name; the exported class is called after it"
        )
        self.name = self.heading.name
        self.name.chosen.connect(self._rename)
        layout.addWidget(self.heading)
        self.hint = label(role="muted", wrap=True)
        layout.addWidget(self.hint)
        self.problems = ProblemCards(document)
        self.problems.chosen.connect(self.chosen)
        layout.addWidget(self.problems)
        self.more = label(role="muted")
        """How many problems there was no room for."""
        layout.addWidget(self.more)
        self.totals = self._facts(layout, "Network")
        self.data = self._facts(layout, "Data and recipe")
        layout.addStretch()

    def show_network(self) -> None:
        """Show the network as the document has it now."""
        project, analysis = self._document.shown, self._document.shown_analysis
        self.name.show_name(project.name)
        self.heading.problem.hide()
        self.heading.kind.setText(
            f"Network · {numbers.count(len(project.network.nodes))} nodes, "
            f"{numbers.count(len(project.network.links))} links"
        )
        self.hint.setText(_hint(project, analysis))
        self.problems.show_problems(analysis.problems[:MOST_PROBLEMS])
        left_out = len(analysis.problems) - MOST_PROBLEMS
        self.more.setText(f"and {numbers.count(left_out)} more, in Problems")
        self.more.setVisible(left_out > 0)
        self.totals.show_facts(_totals(project, analysis))
        self.data.show_facts(_data(project))

    def rename(self) -> None:
        """Put the keyboard into the name."""
        self.name.edit()

    def _facts(self, layout: QVBoxLayout, title: str) -> Facts:
        head = label(title, "section")
        head.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.addWidget(head)
        facts = Facts()
        layout.addWidget(facts)
        return facts

    def _rename(self, name: str) -> None:
        def refused(sentence: str) -> None:
            self.heading.refuse(sentence)

        commit(self._document, "Rename the network", lambda p: edits.set_name(p, name), "", refused)


def _hint(project: Project, analysis: Analysis) -> str:
    if not project.network.nodes:
        return "Drag a layer from the left onto the canvas to begin, or open a template."
    if not analysis.valid:
        return "Mend what is below, then it can be trained."
    return "Select a node to see and change it. Train when you are ready."


def _totals(project: Project, analysis: Analysis) -> list[Fact]:
    return [
        Fact("Parameters", numbers.count(analysis.parameters), "Learnable numbers"),
        Fact("Weights", numbers.size(4 * analysis.parameters), "Their bytes in float32"),
        Fact("MACs", numbers.short(analysis.macs), "Multiply-accumulate operations for one image"),
        Fact("Activations", numbers.size(analysis.memory), "Bytes of all outputs for one image"),
    ]


def _data(project: Project) -> list[Fact]:
    recipe = project.recipe
    optimizer = recipe.optimizer
    augmented = ", ".join(item.title for item in recipe.augmentations)
    try:
        data = describe(project.data)
        images = f"{numbers.count(data.train_images)} of {numbers.shape(data.shape)}"
        chosen = [Fact("Data", data.title), Fact("Images", images)]
    except DataError as error:
        chosen = [Fact("Data", project.data.name), Fact("Images", str(error))]
        if project.data.name == NO_DATA:
            chosen = [Fact("Data", "none chosen")]
    return [
        *chosen,
        Fact("Epochs", numbers.count(recipe.epochs)),
        Fact("Batch", f"{numbers.count(recipe.batch_size)} images"),
        *([Fact("Augmented by", augmented)] if augmented else []),
        Fact("Optimizer", f"{optimizer.kind()}, rate {optimizer.learning_rate:g}"),
    ]
