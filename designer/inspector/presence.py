"""The condition under which a node inside a block is there."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.arguments import value_of
from designer.inspector.committing import commit
from designer.inspector.form import Form, Said
from designer.inspector.parts import plain
from engine.network.promoting import set_when

WHEN = "when"
HELP = (
    "A comparison over the block's parameters, such as stride > 1 or in_channels != width. "
    "Where it is false, what arrives goes past the node."
)


class Presence(QWidget):
    """One field, `Present when`, for arithmetic that is true or false; hidden outside of blocks."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._node = ""
        spec = Said(
            label="Present when",
            none="always",
            help=HELP,
        )
        self.form = Form({WHEN: spec})
        self.form.committed.connect(
            lambda _, value, __: self._set("" if value in (None, True) else str(value))
        )
        self.form.expressed.connect(lambda _, text: self._set(text))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        self.hide()

    def show_node(self, name: str, fresh: bool) -> None:
        """Show the condition of node `name` of what is shown."""
        self._node = name
        node = self._document.shown.network.nodes[name]
        possible = bool(self._document.scope) and node.kind not in ("Input", "Output")
        self.setVisible(possible)
        if not possible:
            return
        if fresh:
            self.form.revert()
        value = value_of(node.when, self._document.entered.values) if node.when else None
        # The field is often too narrow for the whole.
        self.form.editors[WHEN].setToolTip(plain(f"{node.when}\n{HELP}".strip()))
        self.form.editors[WHEN].expressive = True  # type: ignore[union-attr]
        self.form.show_values({WHEN: value}, {WHEN: node.when})

    def flush(self) -> None:
        """Settle on what is typed."""
        if self._node in self._document.shown.network.nodes:
            self.form.flush()

    def _set(self, text: str) -> None:
        node = self._node
        commit(
            self._document,
            f"Set when {node} is present",
            lambda project: set_when(project, node, text),
            "",
            lambda sentence: self.form.refuse(WHEN, sentence),
        )
