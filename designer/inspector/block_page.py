"""The page of the block that is entered, shown while nothing in it is selected."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.committing import commit
from designer.inspector.flow import FlowLayout
from designer.inspector.heading import Heading
from designer.inspector.parameter_table import ParameterTable
from designer.inspector.parts import Fact, Facts, ProblemCards, label
from designer.inspector.words_edit import WordsEdit
from designer.style import SPACE, numbers
from engine.analysis import NodeReport
from engine.network import uses
from engine.network.instances import rename_block, set_help
from engine.network.project import Project
from engine.network.scope import block_name

MOST_PROBLEMS = 5


class BlockPage(QWidget):
    """Its name and purpose, its promoted parameters, its ports, and what it costs where it is entered."""

    chosen = Signal(str)
    left = Signal()
    saved = Signal(str)
    """The block to be put into the user's own."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.block = ""
        layout = QVBoxLayout(self)
        self._layout = layout
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        self.heading = Heading("Name of the block", "The block's name, and that of its class")
        self.heading.glyph.show_family("block")
        self.name = self.heading.name
        self.name.chosen.connect(self._rename)
        layout.addWidget(self.heading)
        self.purpose = WordsEdit("What it is for, in a line")
        self.purpose.setAccessibleName("What the block is for")
        self.purpose.chosen.connect(self._set_help)
        layout.addWidget(self.purpose)
        buttons = FlowLayout(SPACE + 2)
        self.back = QPushButton("Back")
        self.back.setToolTip("To the network around (Backspace)")
        self.back.clicked.connect(self.left)
        self.save = QPushButton("Save to my blocks")
        self.save.setToolTip("Keep the block for other projects, under Blocks in the palette")
        self.save.clicked.connect(lambda: self.saved.emit(self.block))
        buttons.addWidget(self.back)
        buttons.addWidget(self.save)
        layout.addLayout(buttons)
        self.problems = ProblemCards(document)
        self.problems.chosen.connect(self.chosen)
        layout.addWidget(self.problems)
        self._section("Promoted parameters")
        self.parameters = ParameterTable(document)
        layout.addWidget(self.parameters)
        self._section("Ports")
        self.ports = Facts()
        layout.addWidget(self.ports)
        self.totals_title = self._section("")
        self.totals = Facts()
        layout.addWidget(self.totals)
        layout.addStretch()

    def show_block(self) -> None:
        """Show the block that is entered as the document has it now."""
        document = self._document
        project, analysis = document.shown, document.shown_analysis
        name = block_name(document.project, document.scope)
        if name != self.block:
            self.flush()
            self.heading.problem.hide()
        self.block = name
        block = project.network.blocks[name]
        self.name.show_name(name)
        times = uses.count(document.project.network, name)
        often = "used once" if times == 1 else f"used {numbers.count(times)} times"
        nodes = numbers.count(len(project.network.nodes))
        self.heading.kind.setText(f"Block · {nodes} nodes, {often}")
        self.purpose.show_words(block.help)
        self.problems.show_problems(analysis.problems[:MOST_PROBLEMS])
        self.parameters.show_parameters(name)
        self.ports.show_facts(self._ports(project))
        self.totals_title.setText(f"In {document.scope[-1]}")
        self.totals.show_facts(
            [
                Fact("Parameters", numbers.count(analysis.parameters), "Learnable numbers"),
                Fact("MACs", numbers.short(analysis.macs), "Of one application, for one image"),
                Fact("Activations", numbers.size(analysis.memory), "Bytes of all outputs inside"),
            ]
        )

    def rename(self) -> None:
        """Put the keyboard into the name."""
        self.name.edit()

    def flush(self) -> None:
        """Settle on what is typed."""
        self.parameters.flush()

    def _section(self, title: str) -> QLabel:
        result = label(title, "section")
        result.setContentsMargins(0, 2 * SPACE, 0, 0)
        self._layout.addWidget(result)
        return result

    def _ports(self, project: Project) -> list[Fact]:
        reports = self._document.shown_analysis.nodes
        facts: list[Fact] = []
        for name, node in project.network.nodes.items():
            if node.kind in ("Input", "Output"):
                report = reports.get(name, NodeReport())
                shapes = report.outputs or report.inputs
                shape = numbers.shape(shapes[0]) if shapes else "?"
                verb = "takes" if node.kind == "Input" else "gives"
                facts.append(Fact(name, f"{verb} {shape}"))
        return facts

    def _rename(self, new: str) -> None:
        old = self.block

        def refused(sentence: str) -> None:
            self.heading.refuse(sentence)

        if commit(
            self._document,
            f"Rename block {old}",
            lambda p: rename_block(p, old, new),
            "",
            refused,
            scope=(),
        ):
            self.heading.problem.hide()

    def _set_help(self, text: str) -> None:
        block = self.block
        commit(
            self._document,
            f"Say what {block} is for",
            lambda p: set_help(p, block, text),
            "",
            self.heading.refuse,
            scope=(),
        )
