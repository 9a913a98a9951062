"""How fast a node's own tensors learn, and what they begin with; for one node, or the same for several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.choosing import SEVERAL, Shown
from designer.inspector.committing import commit
from designer.inspector.form import Form
from designer.inspector.parts import label
from designer.style import SPACE
from engine.fields import specs
from engine.network import edits
from engine.network.learning import Learning
from engine.network.network import Instance, Node


class LearningFields(QWidget):
    """A section of two fields, hidden where nothing learns."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._names: tuple[str, ...] = ()
        self.form = Form(specs(Learning))
        self.form.committed.connect(self._set)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(label("Learning", "section"))
        layout.addWidget(self.form)
        self.hide()

    def show_nodes(self, names: Sequence[str], fresh: bool) -> None:
        """Show what these nodes of what is shown have in common."""
        nodes = self._document.shown.network.nodes
        self._names = tuple(name for name in names if self._learns(name, nodes[name]))
        self.setVisible(bool(self._names))
        if not self._names:
            return
        if fresh:
            self.form.revert()
        said = [nodes[name].learning.values for name in self._names]
        values: dict[str, Shown] = {
            key: value if all(other[key] == value for other in said) else SEVERAL
            for key, value in said[0].items()
        }
        self.form.show_values(values)

    def flush(self) -> None:
        """Settle on what is typed."""
        if all(name in self._document.shown.network.nodes for name in self._names):
            self.form.flush()

    def _learns(self, name: str, node: Node) -> bool:
        report = self._document.shown_analysis.nodes.get(name)
        return isinstance(node.content, Instance) or bool(report and report.parameters)

    def _set(self, parameter: str, value: object, key: str) -> None:
        names = self._names
        whose = names[0] if len(names) == 1 else f"{len(names)} nodes"
        commit(
            self._document,
            f"Set {self.form.label(parameter)} of {whose}",
            lambda project: edits.set_learning(project, names, **{parameter: value}),  # type: ignore[arg-type]
            f"learning {' '.join(names)} {key}" if key else "",
            lambda sentence: self.form.refuse(parameter, sentence),
        )
