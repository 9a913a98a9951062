"""The page of several selected nodes: what they are, and the parameters that they share."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.choosing import SEVERAL, Shown
from designer.inspector.committing import commit
from designer.inspector.form import Form, KeptForms
from designer.inspector.learning import LearningFields
from designer.inspector.node_page import followed
from designer.inspector.parts import Fact, Facts, label
from designer.style import SPACE, numbers
from engine.analysis import NodeReport
from engine.fields import specs
from engine.layers.base import Layer
from engine.network import edits
from engine.network.network import Node
from engine.network.project import Project
from engine.network.promoting import set_expression

MOST_KINDS = 12


class SeveralPage(QWidget):
    """Counts what is selected; nodes of one kind are edited together, in one step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._nodes: tuple[str, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        self.title = label(role="title")
        layout.addWidget(self.title)
        self._hint = label(role="muted", wrap=True)
        layout.addWidget(self._hint)
        self.forms = KeptForms()
        self.forms.committed.connect(self._set)
        self.forms.expressed.connect(self._express)
        layout.addLayout(self.forms)
        self.learning = LearningFields(document)
        layout.addWidget(self.learning)
        self._kinds_title = label("Kinds", "section")
        self._kinds_title.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.addWidget(self._kinds_title)
        self.kinds = Facts()
        layout.addWidget(self.kinds)
        total = label("Together", "section")
        total.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.addWidget(total)
        self.total = Facts()
        layout.addWidget(self.total)
        layout.addStretch()

    def show_nodes(self, names: tuple[str, ...]) -> None:
        """Show these nodes as the document has them now."""
        if names != self._nodes:
            self.forms.flush()
        fresh, self._nodes = names != self._nodes, names
        nodes = self._document.shown.network.nodes
        chosen = [nodes[name] for name in names]
        self.title.setText(f"{numbers.count(len(names))} nodes selected")
        layers = [node.content for node in chosen if isinstance(node.content, Layer)]
        types = {type(layer) for layer in layers}
        alike = types.pop() if len(types) == 1 and len(layers) == len(chosen) else None
        self._show_form(alike, [node for node in chosen if alike], fresh)
        self.learning.show_nodes(names, fresh)
        kinds = Counter(_called(node) for node in chosen).most_common()
        facts = [Fact(kind, numbers.count(count)) for kind, count in kinds[:MOST_KINDS]]
        if len(kinds) > MOST_KINDS:
            facts.append(Fact("Others", numbers.count(sum(n for _, n in kinds[MOST_KINDS:]))))
        self.kinds.show_facts(facts)
        reports = [self._document.shown_analysis.nodes.get(name, NodeReport()) for name in names]
        self.total.show_facts(
            [
                Fact("Parameters", numbers.count(sum(item.parameters for item in reports))),
                Fact("MACs", numbers.short(sum(item.macs for item in reports))),
                Fact("Memory", numbers.size(sum(item.memory for item in reports))),
            ]
        )

    def flush(self) -> None:
        """Settle on what is typed."""
        self.forms.flush()
        self.learning.flush()

    def _show_form(self, kind: type[Layer] | None, nodes: list[Node], fresh: bool) -> None:
        form = self.forms.show_kind(kind)
        if kind is None:
            hint = "They are of several kinds. Select nodes of one kind to edit them together."
        elif form is None:
            hint = f"All are {kind.label or kind.kind()}, which has no parameters."
        else:
            hint = f"All are {kind.label or kind.kind()}. An edit here changes every one of them."
        self._hint.setText(hint)
        if form and kind:
            values: dict[str, Shown] = {}
            expressions: dict[str, str] = {}
            each = [followed(self._document, node) for node in nodes]
            for name in specs(kind):
                first, text = each[0][0][name], each[0][1].get(name, "")
                same = all(
                    shown[name] == first and texts.get(name, "") == text for shown, texts in each
                )
                values[name] = first if same else SEVERAL
                expressions[name] = text if same else ""
            if fresh:
                form.revert()
            form.show_values(values, expressions, bool(self._document.scope))

    def _express(self, form: Form, parameter: str, text: str) -> None:
        names = [name for name in self._nodes if name in self._document.shown.network.nodes]

        def edit(project: Project) -> Project:
            for name in names:
                project = set_expression(project, name, parameter, text)
            return project

        commit(
            self._document,
            f"Set {form.label(parameter)} of {len(names)} nodes",
            edit,
            "",
            lambda sentence: form.refuse(parameter, sentence),
        )

    def _set(self, form: Form, parameter: str, value: object, key: str) -> None:
        names = [name for name in self._nodes if name in self._document.shown.network.nodes]

        def edit(project: Project) -> Project:
            for name in names:
                project = edits.set_parameters(project, name, **{parameter: value})  # type: ignore[arg-type]
            return project

        commit(
            self._document,
            f"Set {form.label(parameter)} of {len(names)} nodes",
            edit,
            f"{' '.join(names)} {key}" if key else "",
            lambda sentence: form.refuse(parameter, sentence),
        )


def _called(node: Node) -> str:
    """The kind of a node as its card has it."""
    content = node.content
    return content.label or content.kind() if isinstance(content, Layer) else node.kind
