"""What is known of a node, whatever it is: its shapes, its cost, its lines of code."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.parts import Fact, label
from designer.style import SPACE, numbers
from designer.style.theme import code_font
from engine.analysis import NodeReport

CODE_DELAY_MS = 120
"""How long edits must rest before the code is written for the sake of its lines here."""
CODE_LINES = 12


class CodeLines(QWidget):
    """The lines of the generated code that belong to a node; hidden while there are none."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._path = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(label("Code", "section"))
        self.code = label(role="code", wrap=True)
        self.code.setFont(code_font(11))
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.code)
        self._timer = QTimer(self, singleShot=True, interval=CODE_DELAY_MS)
        self._timer.timeout.connect(self._show)
        self.hide()

    def show_soon(self, path: str) -> None:
        """Show the lines of the node at `path` of the whole project, when edits have come to rest."""
        self._path = path
        self._timer.start()

    def _show(self) -> None:
        parent = self.parentWidget()
        source = self._document.source if parent is not None and parent.isVisible() else None
        spans = source.spans.get(self._path, ()) if source else ()
        self.setVisible(bool(spans))
        if not source or not spans:
            return
        lines = source.text.splitlines()
        shown = [line.strip() for span in spans for line in lines[span.first - 1 : span.last]]
        if len(shown) > CODE_LINES:
            shown = [*shown[:CODE_LINES], "…"]
        self.code.setText("\n".join(shown))


def flow(document: Document, name: str, report: NodeReport) -> str:
    """The shapes in and out: `1×32×32 → 6×28×28`."""
    if absent(document, name):
        return "Not in this instance"
    if _muted(document, name):
        return "Muted"
    ins, outs = (
        ", ".join(numbers.shape(shape) for shape in shapes)
        for shapes in (report.inputs, report.outputs)
    )
    if not ins and not outs:
        return "Shape not known yet"
    return f"{ins} → {outs or '?'}" if ins else outs


def absent(document: Document, name: str) -> bool:
    """Whether a node of what is shown is not there in the instance that was entered."""
    node = document.shown.network.nodes[name]
    running = document.entered.network.nodes
    return bool(node.when) and node.mode == "active" and name not in running


def _muted(document: Document, name: str) -> bool:
    return document.shown.network.nodes[name].mode == "muted"


def cost(document: Document, name: str, report: NodeReport) -> tuple[Fact, ...]:
    """What a node of what is shown costs, and how far it sees."""
    analysis = document.shown_analysis
    if absent(document, name):
        return (Fact("Not there", "its condition is false in this instance"),)
    if _muted(document, name):
        return (Fact("Muted", "it and its links take no part in the network"),)
    if not report.known:
        where = "above" if report.problems else "before it"
        return (Fact("Not known", f"until the problem {where} is mended"),)
    share = (
        f" · {numbers.percent(report.parameters / analysis.parameters)}"
        if report.parameters and analysis.parameters
        else ""
    )
    facts = [
        Fact(
            "Parameters",
            numbers.count(report.parameters) + share,
            "Learnable numbers, and their share of the network's",
        ),
        Fact("MACs", numbers.short(report.macs), "Multiply-accumulate operations for one image"),
        Fact(
            "Memory", numbers.size(report.memory), "Bytes of its output for one image, in float32"
        ),
    ]
    field = analysis.receptive(name)
    if field:
        facts.append(
            Fact(
                "Receptive field",
                # A single value has no neighbours.
                f"{numbers.plane(field.size)}, step {numbers.plane(field.stride)}"
                if any(field.stride)
                else numbers.plane(field.size),
                "How much of the input image one of its values sees, and how far apart neighbours look",
            )
        )
    return tuple(facts)
