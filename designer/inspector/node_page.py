"""The page of one selected node: its name, parameters, arithmetic, cost, problems, code and help."""

from __future__ import annotations

import inspect

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.committing import commit
from designer.inspector.form import Form, KeptForms
from designer.inspector.heading import Heading
from designer.inspector.parts import Fact, Facts, ProblemCards, label
from designer.style import SPACE, Type, numbers
from designer.style.theme import code_font, font
from engine.analysis import Analysis, NodeReport
from engine.layers.base import Layer, Shape
from engine.network import edits
from engine.network.network import Instance, Node

CODE_DELAY_MS = 120
"""How long edits must rest before the code is written for the sake of its lines here."""
CODE_LINES = 12


class NodePage(QWidget):
    """Shows one node."""

    chosen = Signal(str)
    """A node to select instead."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.node = ""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self._layout.setSpacing(2 * SPACE)
        self._add_head()
        self.problems = ProblemCards(document)
        self.problems.chosen.connect(self.chosen)
        self._layout.addWidget(self.problems)
        self._parameters = self._section("Parameters")
        self.forms = KeptForms()
        self.forms.committed.connect(self._set)
        self._layout.addLayout(self.forms)
        self._arithmetic_title = self._section("Arithmetic")
        self.arithmetic = Facts(stacked=True)
        self._layout.addWidget(self.arithmetic)
        self._section("Cost")
        self.cost = Facts()
        self._layout.addWidget(self.cost)
        self._code_title = self._section("Code")
        self.code = label(role="code", wrap=True)
        self.code.setFont(code_font(11))
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._layout.addWidget(self.code)
        self._section("About")
        self.help = label(wrap=True)
        self.reference = label(role="small", wrap=True)
        self._layout.addWidget(self.help)
        self._layout.addWidget(self.reference)
        self._layout.addStretch()
        self._code_timer = QTimer(self, singleShot=True, interval=CODE_DELAY_MS)
        self._code_timer.timeout.connect(self._show_code)

    def show_node(self, name: str) -> None:
        """Show node `name` as the document has it now."""
        node = self._document.shown.network.nodes[name]
        if name != self.node:
            self.forms.flush()
        fresh, self.node = name != self.node, name
        report = self._document.shown_analysis.nodes.get(name, NodeReport())
        self.name.show_name(name)
        if fresh:
            self.heading.problem.hide()
        self._show_kind(node)
        self._show_form(node, fresh)
        self.flow.setText(_flow(report))
        self.problems.show_problems(report.problems)
        lines = _arithmetic(node, report)
        self._arithmetic_title.setVisible(bool(lines))
        self.arithmetic.setVisible(bool(lines))
        self.arithmetic.show_facts(lines)
        self.cost.show_facts(_cost(self._document.shown_analysis, name, report))
        self._code_timer.start()

    def rename(self) -> None:
        """Put the keyboard into the name."""
        self.name.edit()

    def flush(self) -> None:
        """Settle on what is typed."""
        if self.node in self._document.shown.network.nodes:
            self.forms.flush()

    def _add_head(self) -> None:
        self.heading = Heading("Name", "The node's name in the code (F2)")
        self.name = self.heading.name
        self.name.chosen.connect(self._rename)
        self._layout.addWidget(self.heading)
        self.flow = label(wrap=True)
        self.flow.setFont(font(Type.TITLE))
        self._layout.addWidget(self.flow)

    def _section(self, title: str) -> QLabel:
        result = label(title, "section")
        result.setContentsMargins(0, 2 * SPACE, 0, 0)
        self._layout.addWidget(result)
        return result

    def _show_kind(self, node: Node) -> None:
        content = node.content
        if isinstance(content, Instance):
            self.heading.glyph.show_family("block")
            times = f", {content.repeat} times in a row" if content.repeat > 1 else ""
            self.heading.kind.setText(f"Block {content.block}{times}")
            self.help.setText(self._document.shown.network.blocks[content.block].help)
            self.reference.hide()
            return
        self.heading.glyph.show_family(content.family)
        shown = content.label or content.kind()
        self.heading.kind.setText(f"{shown} · {content.purpose}" if content.purpose else shown)
        self.help.setText(_help(type(content)))
        self.reference.setText(f"Reference: {content.reference}")
        self.reference.setVisible(bool(content.reference))

    def _show_form(self, node: Node, fresh: bool) -> None:
        layer = node.content if isinstance(node.content, Layer) else None
        form = self.forms.show_kind(type(layer) if layer is not None else None)
        self._parameters.setVisible(form is not None)
        if form and layer is not None:
            if fresh:
                form.revert()
            form.show_values(layer.values)

    def _set(self, form: Form, parameter: str, value: object, key: str) -> None:
        node = self.node
        commit(
            self._document,
            f"Set {form.label(parameter)} of {node}",
            lambda project: edits.set_parameters(project, node, **{parameter: value}),  # type: ignore[arg-type]
            f"{node} {key}" if key else "",
            lambda sentence: form.refuse(parameter, sentence),
        )

    def _rename(self, new: str) -> None:
        old = self.node
        self.node = new

        def refused(sentence: str) -> None:
            self.node = old
            self.heading.refuse(sentence)

        if commit(
            self._document, f"Rename {old}", lambda p: edits.rename(p, old, new), "", refused
        ):
            self.heading.problem.hide()
            self._document.select([new])

    def _show_code(self) -> None:
        source = self._document.source if self.isVisible() else None
        spans = source.spans.get(self.node, ()) if source else ()
        self._code_title.setVisible(bool(spans))
        self.code.setVisible(bool(spans))
        if not source or not spans:
            return
        lines = source.text.splitlines()
        shown = [line.strip() for span in spans for line in lines[span.first - 1 : span.last]]
        if len(shown) > CODE_LINES:
            shown = [*shown[:CODE_LINES], "…"]
        self.code.setText("\n".join(shown))


def _flow(report: NodeReport) -> str:
    """The shapes in and out: `1×32×32 → 6×28×28`."""
    ins, outs = (
        ", ".join(numbers.shape(shape) for shape in shapes)
        for shapes in (report.inputs, report.outputs)
    )
    if not ins and not outs:
        return "Shape not known yet"
    return f"{ins} → {outs or '?'}" if ins else outs


def _arithmetic(node: Node, report: NodeReport) -> tuple[Fact, ...]:
    """The layer's formulas with its numbers, and the count of its tensors where they do not say it."""
    layer = node.content
    if not isinstance(layer, Layer) or not report.known or len(report.inputs) < len(layer.ports_in):
        return ()
    shapes: tuple[Shape, ...] = report.inputs
    return tuple(Fact(line.label, line.text) for line in layer.formula(*shapes))


def _cost(analysis: Analysis, name: str, report: NodeReport) -> tuple[Fact, ...]:
    if not report.known:
        where = "above" if report.problems else "before it"
        return (Fact("Not known", f"until the problem {where} is mended"),)
    share = (
        f" · {numbers.percent(report.parameters / analysis.parameters)}"
        if report.parameters
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


def _help(kind: type[Layer]) -> str:
    """The first paragraph of its documentation, on one line."""
    text = inspect.cleandoc(kind.__doc__ or "")
    return " ".join(text.split("\n\n")[0].split())
