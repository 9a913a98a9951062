"""The page of one selected instance of a block: its arguments, its repeats, its cost, and its block."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from designer.document import Document, Edit
from designer.inspector import arguments
from designer.inspector.choosing import Shown
from designer.inspector.committing import commit
from designer.inspector.editors import TextEditor
from designer.inspector.flow import FlowLayout
from designer.inspector.form import Form
from designer.inspector.heading import Heading
from designer.inspector.learning import LearningFields
from designer.inspector.node_facts import CodeLines, cost, flow
from designer.inspector.parts import Fact, Facts, ProblemCards, label
from designer.inspector.presence import Presence
from designer.style import SPACE, Type, numbers
from designer.style.theme import font
from engine.analysis import NodeReport
from engine.fields import Field, Integer, Value
from engine.network import edits, uses
from engine.network.expressions import constant
from engine.network.instances import set_arguments, set_first, set_repeat
from engine.network.network import Instance, Network
from engine.network.promoting import promote
from engine.network.reading import MOST_REPEATS

REPEAT = "repeat"


class InstancePage(QWidget):
    """Shows one instance. The buttons ask for what the window does with blocks."""

    chosen = Signal(str)
    """A node with a problem, to be looked at."""
    entered = Signal(str)
    unpacked = Signal(str)
    saved = Signal(str)
    """The block to be put into the user's own."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.node = ""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self._layout.setSpacing(2 * SPACE)
        self.heading = Heading("Name", "The node's name in the code (F2)")
        self.heading.glyph.show_family("block")
        self.name = self.heading.name
        self.name.chosen.connect(self._rename)
        self._layout.addWidget(self.heading)
        self.flow = label(wrap=True)
        self.flow.setFont(font(Type.TITLE))
        self._layout.addWidget(self.flow)
        self._add_buttons()
        self.problems = ProblemCards(document)
        self.problems.chosen.connect(self.chosen)
        self._layout.addWidget(self.problems)
        self._arguments_title = self._section("Arguments")
        self.arguments = _Swapped(self._layout)
        self._first_title = self._section("Only in the first application")
        self.first = _Swapped(self._layout)
        self._section("Repeats")
        spec = Integer(
            low=1,
            high=MOST_REPEATS,
            label="applications",
            help="How often the block is applied in a row, each time with weights of its own.",
        )
        self.repeat = Form({REPEAT: spec})
        self.repeat.committed.connect(self._set_repeat)
        self._layout.addWidget(self.repeat)
        self.presence = Presence(document)
        self._layout.addWidget(self.presence)
        self.learning = LearningFields(document)
        self._layout.addWidget(self.learning)
        self._section("Cost")
        self.cost = Facts()
        self._layout.addWidget(self.cost)
        self._section("Block")
        self.facts = Facts()
        self._layout.addWidget(self.facts)
        self.help = label(wrap=True)
        self._layout.addWidget(self.help)
        self.lines = CodeLines(document)
        self._layout.addWidget(self.lines)
        self._layout.addStretch()

    @property
    def block(self) -> str:
        """The name of the block that is shown."""
        return self._instance().block

    def show_node(self, name: str) -> None:
        """Show the instance `name` as the document has it now."""
        if name != self.node:
            self.flush()
        fresh, self.node = name != self.node, name
        document, instance = self._document, self._instance()
        report = document.shown_analysis.nodes.get(name, NodeReport())
        self.name.show_name(name)
        if fresh:
            self.heading.problem.hide()
        block = document.shown.network.blocks[instance.block]
        times = f", {instance.repeat} times in a row" if instance.repeat > 1 else ""
        self.heading.kind.setText(f"Block {instance.block}{times}")
        self.flow.setText(flow(document, name, report))
        self.problems.show_problems(report.problems)
        self._show_arguments(document.shown.network, instance, fresh)
        self.repeat.show_values({REPEAT: instance.repeat})
        self.presence.show_node(name, fresh)
        self.learning.show_nodes([name], fresh)
        self.cost.show_facts(cost(document, name, report))
        count = uses.count(document.project.network, instance.block)
        self.facts.show_facts(
            [
                Fact(
                    "Class", instance.block, "The block's name, and that of its class in the code"
                ),
                Fact("Used", "once" if count == 1 else f"{numbers.count(count)} times"),
                Fact("Nodes inside", numbers.count(len(block.network.nodes))),
            ]
        )
        self.help.setText(block.help)
        self.help.setVisible(bool(block.help))
        self.lines.show_soon("/".join((*document.scope, name)))

    def rename(self) -> None:
        """Put the keyboard into the name."""
        self.name.edit()

    def flush(self) -> None:
        """Settle on what is typed."""
        node = self._document.shown.network.nodes.get(self.node)
        if node is not None and isinstance(node.content, Instance):
            for form in (self.arguments.form, self.first.form, self.repeat):
                if form is not None:
                    form.flush()
            self.presence.flush()
            self.learning.flush()

    def _instance(self) -> Instance:
        content = self._document.shown.network.nodes[self.node].content
        assert isinstance(content, Instance)
        return content

    def _add_buttons(self) -> None:
        row = FlowLayout(SPACE + 2)
        self.edit = QPushButton("Edit block")
        self.edit.setToolTip("Show the inside of the block; every instance follows (Tab)")
        self.edit.clicked.connect(lambda: self.entered.emit(self.node))
        self.unpack = QPushButton("Unpack")
        self.unpack.setToolTip("Put the nodes inside in the place of this instance (Ctrl+Shift+G)")
        self.unpack.clicked.connect(lambda: self.unpacked.emit(self.node))
        self.save = QPushButton("Save to my blocks")
        self.save.setToolTip("Keep the block for other projects, under Blocks in the palette")
        self.save.clicked.connect(lambda: self.saved.emit(self.block))
        for button in (self.edit, self.unpack, self.save):
            row.addWidget(button)
        self._layout.addLayout(row)

    def _section(self, title: str) -> QLabel:
        result = label(title, "section")
        result.setContentsMargins(0, 2 * SPACE, 0, 0)
        self._layout.addWidget(result)
        return result

    def _show_arguments(self, network: Network, instance: Instance, fresh: bool) -> None:
        specs = arguments.parameter_fields(network, instance.block)
        defaults = dict(network.blocks[instance.block].parameters)
        given, first = dict(instance.arguments), dict(instance.first)
        self._arguments_title.setVisible(bool(specs))
        general = {
            name: arguments.argument_field(
                spec, f"{arguments.told(spec, defaults[name])} (default)"
            )
            for name, spec in specs.items()
        }
        self.arguments.show_form(general, lambda form: self._connect(form, specs, False))
        self._fill(self.arguments.form, specs, given, defaults, fresh)
        some = bool(specs) and instance.repeat > 1
        self._first_title.setVisible(some)
        own = {
            name: arguments.argument_field(spec, "as in the others") for name, spec in specs.items()
        }
        self.first.show_form(own if some else {}, lambda form: self._connect(form, specs, True))
        self._fill(self.first.form, specs, first, defaults, fresh)

    def _fill(
        self,
        form: Form | None,
        specs: Mapping[str, Field],
        given: Mapping[str, Value],
        defaults: Mapping[str, Value],
        fresh: bool,
    ) -> None:
        if form is None:
            return
        if fresh:
            form.revert()
        values: dict[str, Shown] = {}
        expressions: dict[str, str] = {}
        for name, spec in specs.items():
            values[name] = defaults[name] if spec.none else None
            if name in given:
                shown = arguments.shown_argument(spec, given[name], self._document.entered.values)
                values[name], expressions[name] = shown
            item = form.editors[name]
            if isinstance(item, TextEditor):
                item.step_from = defaults[name]
        form.show_values(values, expressions, bool(self._document.scope))

    def _connect(self, form: Form, specs: Mapping[str, Field], first: bool) -> None:
        """Let a new form of arguments make edits."""

        def settled(name: str, value: Value, key: str) -> None:
            if value is None and not specs[name].none:
                argument = self._otherwise(name, first)
            else:
                argument = arguments.as_argument(specs[name], value)
            self._set(form, name, argument, first, key)

        form.committed.connect(settled)
        form.expressed.connect(lambda name, text: self._express(form, name, text, first))
        form.promoted.connect(lambda name: self._promote(form, name))

    def _otherwise(self, name: str, first: bool) -> Value:
        """What a parameter has without an argument: the others' value, or the default."""
        instance = self._instance()
        given = dict(instance.arguments)
        if first and name in given:
            return given[name]
        blocks = self._document.shown.network.blocks
        default = dict(blocks[instance.block].parameters)[name]
        return constant(default) if isinstance(default, str) else default

    def _express(self, form: Form, name: str, text: str, first: bool) -> None:
        argument: Value = text
        if not text:
            # The value stays, the expression goes.
            editor = form.editors[name]
            argument = editor.value if isinstance(editor, TextEditor) else None
            if argument is None:
                argument = self._otherwise(name, first)
        self._set(form, name, argument, first, "")

    def _set(self, form: Form, name: str, argument: Value, first: bool, key: str) -> None:
        node, change = self.node, set_first if first else set_arguments
        where = "first " if first else ""
        self._commit(
            f"Set {where}{form.label(name)} of {node}",
            lambda project: change(project, node, **{name: argument}),
            lambda sentence: form.refuse(name, sentence),
            f"{node} {where}{key}" if key else "",
        )

    def _set_repeat(self, name: str, value: int, key: str) -> None:
        node = self.node
        self._commit(
            f"Set repeats of {node}",
            lambda project: set_repeat(project, node, value),
            lambda sentence: self.repeat.refuse(name, sentence),
            f"{node} {key}" if key else "",
        )

    def _promote(self, form: Form, name: str) -> None:
        node = self.node
        self._commit(
            f"Promote {form.label(name)} of {node}",
            lambda project: promote(project, project.inside, node, name),
            lambda sentence: form.refuse(name, sentence),
        )

    def _rename(self, new: str) -> None:
        old = self.node

        def refused(sentence: str) -> None:
            self.heading.refuse(sentence)

        if self._commit(f"Rename {old}", lambda p: edits.rename(p, old, new), refused):
            self.heading.problem.hide()
            self._document.select([new])

    def _commit(
        self, what: str, edit: Edit, refused: Callable[[str], None], merge: str = ""
    ) -> bool:
        return commit(self._document, what, edit, merge, refused)


class _Swapped:
    """A form that is made anew where its fields are others than before."""

    def __init__(self, layout: QVBoxLayout) -> None:
        self.form: Form | None = None
        self._fields: Mapping[str, Field] = {}
        self._place = QVBoxLayout()
        layout.addLayout(self._place)

    def show_form(self, fields: Mapping[str, Field], connect: Callable[[Form], None]) -> None:
        if fields == self._fields and list(fields) == list(self._fields):
            return
        self._fields = fields
        if self.form is not None:
            # Not at once: this may come from one of its own fields.
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if fields:
            self.form = Form(fields)
            connect(self.form)
            self._place.addWidget(self.form)
