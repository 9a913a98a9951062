"""The page of one selected node: its name, parameters, arithmetic, cost, problems, code and help."""

from __future__ import annotations

import inspect

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.arguments import value_of
from designer.inspector.choosing import Shown
from designer.inspector.committing import commit
from designer.inspector.form import Form, KeptForms
from designer.inspector.heading import Heading
from designer.inspector.learning import LearningFields
from designer.inspector.node_facts import CodeLines, cost, flow
from designer.inspector.parts import Fact, Facts, ProblemCards, label
from designer.inspector.presence import Presence
from designer.style import SPACE, Type
from designer.style.theme import font
from engine.analysis import NodeReport, suggestions
from engine.layers.base import Layer, Shape
from engine.network import edits
from engine.network.network import Instance, Node
from engine.network.promoting import promote, set_expression


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
        self.forms.expressed.connect(self._express)
        self.forms.promoted.connect(self._promote)
        self._layout.addLayout(self.forms)
        self.presence = Presence(document)
        self._layout.addWidget(self.presence)
        self.learning = LearningFields(document)
        self._layout.addWidget(self.learning)
        self._arithmetic_title = self._section("Arithmetic")
        self.arithmetic = Facts(stacked=True)
        self._layout.addWidget(self.arithmetic)
        self._section("Cost")
        self.cost = Facts()
        self._layout.addWidget(self.cost)
        self.lines = CodeLines(document)
        self._layout.addWidget(self.lines)
        self._section("About")
        self.help = label(wrap=True)
        self.reference = label(role="small", wrap=True)
        self._layout.addWidget(self.help)
        self._layout.addWidget(self.reference)
        self._layout.addStretch()

    def show_node(self, name: str) -> None:
        """Show node `name` as the document has it now."""
        node = self._document.shown.network.nodes[name]
        if name != self.node:
            self.forms.flush()
            self.presence.flush()
            self.learning.flush()
        fresh, self.node = name != self.node, name
        report = self._document.shown_analysis.nodes.get(name, NodeReport())
        self.name.show_name(name)
        if fresh:
            self.heading.problem.hide()
        self._show_kind(node)
        self._show_form(node, fresh)
        self.presence.show_node(name, fresh)
        self.learning.show_nodes([name], fresh)
        self.flow.setText(flow(self._document, name, report))
        hints = suggestions(self._document.shown.network, self._document.shown_analysis, name)
        self.problems.show_problems((*report.problems, *hints))
        running = self._document.entered.network.nodes.get(name, node)
        lines = _arithmetic(running.content, report)
        self._arithmetic_title.setVisible(bool(lines))
        self.arithmetic.setVisible(bool(lines))
        self.arithmetic.show_facts(lines)
        self.cost.show_facts(cost(self._document, name, report))
        self.lines.show_soon("/".join((*self._document.scope, name)))

    def rename(self) -> None:
        """Put the keyboard into the name."""
        self.name.edit()

    def flush(self) -> None:
        """Settle on what is typed."""
        if self.node in self._document.shown.network.nodes:
            self.forms.flush()
            self.presence.flush()

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
        assert isinstance(content, Layer)
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
            values, expressions = followed(self._document, node)
            form.show_values(values, expressions, bool(self._document.scope))

    def _set(self, form: Form, parameter: str, value: object, key: str) -> None:
        node = self.node
        commit(
            self._document,
            f"Set {form.label(parameter)} of {node}",
            lambda project: edits.set_parameters(project, node, **{parameter: value}),  # type: ignore[arg-type]
            f"{node} {key}" if key else "",
            lambda sentence: form.refuse(parameter, sentence),
        )

    def _express(self, form: Form, parameter: str, text: str) -> None:
        node = self.node
        commit(
            self._document,
            f"Set {form.label(parameter)} of {node}",
            lambda project: set_expression(project, node, parameter, text),
            "",
            lambda sentence: form.refuse(parameter, sentence),
        )

    def _promote(self, form: Form, parameter: str) -> None:
        node = self.node
        commit(
            self._document,
            f"Promote {form.label(parameter)} of {node}",
            lambda project: promote(project, project.inside, node, parameter),
            "",
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


def followed(document: Document, node: Node) -> tuple[dict[str, Shown], dict[str, str]]:
    """The values of a layer's parameters as they are here, and the expressions that some follow."""
    assert isinstance(node.content, Layer)
    expressions = dict(node.expressions)
    values: dict[str, Shown] = dict(node.content.values)
    values.update(
        (name, value_of(text, document.entered.values)) for name, text in node.expressions
    )
    return values, expressions


def _arithmetic(layer: Layer | Instance, report: NodeReport) -> tuple[Fact, ...]:
    """The layer's formulas with its numbers, and the count of its tensors where they do not say it."""
    if not isinstance(layer, Layer) or not report.known or len(report.inputs) < len(layer.ports_in):
        return ()
    shapes: tuple[Shape, ...] = report.inputs
    return tuple(Fact(line.label, line.text) for line in layer.formula(*shapes))


def _help(kind: type[Layer]) -> str:
    """The first paragraph of its documentation, on one line."""
    text = inspect.cleandoc(kind.__doc__ or "")
    return " ".join(text.split("\n\n")[0].split())
