"""Thousands of random edits, inside blocks and outside: every document is sound, and undo is exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from engine.analysis import Analysis, analyse
from engine.codegen import CodegenError, write
from engine.fields import Value
from engine.layers import catalogue
from engine.network import arrange, edits, grouping, ports
from engine.network.errors import EditError
from engine.network.history import History
from engine.network.network import Instance, Link, Network
from engine.network.order import order
from engine.network.project import Frame, Project
from engine.network.scope import Scope, closed, opened, reachable
from engine.network.storage import dumps, loads
from tests.engine.analysis.drawing import same
from tests.engine.network.drawing import PLACES, TITLES, layers

KINDS = sorted(catalogue.kinds())
WORDS = ("width", "stride", "depth", "in_channels", "rate")
TEXTS = st.one_of(
    st.sampled_from(
        (
            "",
            "8",
            "2 * 3",
            "'same'",
            "True",
            "width > 8",
            "stride > 1 or in_channels != width",
            "in_channels",
            "in_channels * 2",
            "max(width, stride)",
            "width //",
            "nothing + 1",
            "depth - 99",
        )
    ),
    st.sampled_from(WORDS),
    st.builds("{} {} {}".format, st.sampled_from(WORDS), st.sampled_from("+-*"), st.integers(1, 9)),
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.integers(1, 8),
    st.integers(-1, 64),
    st.booleans(),
    st.floats(0, 1),
    st.sampled_from(("same", "zeros")),
    TEXTS,
)
MOST = 60
"""Nodes of a network; above it, only edits that add none are drawn."""


def check(network: Network, outer: Network, places: set[str]) -> None:
    """What every edit keeps: places, one link to an input, ports that exist, no gaps, no cycle."""
    assert set(network.nodes) == places
    assert len(order(network)) == len(network.nodes)
    inputs: dict[str, list[int]] = {}
    for link in network.links:
        inputs.setdefault(link.target, []).append(link.input)
        assert 0 <= link.output < len(ports.outputs(outer, network.nodes[link.source]))
        assert ports.has_input(outer, network.nodes[link.target], link.input)
    for name, numbers in inputs.items():
        assert len(set(numbers)) == len(numbers)
        if ports.variadic(network.nodes[name]):
            assert sorted(numbers) == list(range(len(numbers)))


def check_project(project: Project) -> None:
    """Everything that holds for every document."""
    network = project.network
    parts = {"": network, **{f"{name}/": block.network for name, block in network.blocks.items()}}
    for prefix, part in parts.items():
        found = {
            name.removeprefix(prefix)
            for name in project.placement
            if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
        }
        check(part, network, found)
    assert all(
        "/" not in name or name.partition("/")[0] in network.blocks for name in project.frames
    )
    assert project.inside == ""
    text = dumps(project)
    again = loads(text)
    assert again == project
    assert dumps(again) == text


def residual() -> Project:
    """An image through two instances of a residual block, the second of them twice, and a layer more."""
    project, last = Project(), None
    for kind in ("Input", "Conv2d", "ReLU", "Conv2d", "Add", "ReLU", "Output"):
        project = edits.append(project, catalogue.layer(kind), last)
        last = list(project.network.nodes)[-1]
    project = edits.set_parameters(project, "conv1", padding=1)
    project = edits.set_parameters(project, "conv2", kernel_size=1)
    for source in ("input1", "conv2"):
        project = edits.connect(project, Link(source, "add1", 0, 1))
    project = edits.insert_before(project, "add1", 1, catalogue.layer("Conv2d", kernel_size=1))
    project = edits.rename(project, "conv3", "down")
    project, part = grouping.group(project, ["conv1", "relu1", "conv2", "down", "add1"], "Residual")
    project = edits.rename(project, part, "part1")
    inner, down = grouping.group(opened(project, ("part1",)), ["down"], "Down")
    inner = edits.rename(inner, down, "down")
    for node, key in (("conv1", "out_channels"), ("conv1", "stride")):
        name = "width" if key == "out_channels" else "stride"
        inner = grouping.promote(inner, "Residual", node, key, name)
    project = closed(
        project, ("part1",), grouping.set_expression(inner, "conv2", "out_channels", "width")
    )
    scope = ("part1", "down")
    inner = opened(project, scope)
    for key in ("out_channels", "stride"):
        inner = grouping.promote(inner, "Down", "down", key)
    project = closed(project, scope, inner)
    inner = opened(project, ("part1",))
    inner = grouping.set_arguments(inner, "down", out_channels="width", stride="stride")
    inner = grouping.set_when(inner, "down", "stride > 1 or in_channels != width")
    project = closed(project, ("part1",), inner)
    project = grouping.add_instance(project, "Residual", (900.0, 300.0), "part2")
    project = edits.insert_node_on_link(project, "part2", Link("part1", "relu2"))
    project = grouping.set_repeat(project, "part2", 2)
    project = grouping.set_arguments(project, "part2", width=24)
    return grouping.set_first(project, "part2", stride=2)


class Editing(RuleBasedStateMachine):
    """A person at work: edits, undoes and redoes, goes into blocks and out again."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History(Project())
        self.first = Project()
        self.scope: Scope = ()
        self.analysis: Analysis = analyse(self.first)
        self.texts: list[str] = ["", "no project"]
        self.refused = self.done = 0

    @property
    def shown(self) -> Project:
        return opened(self.history.present, self.scope)

    def do(self, edit: Callable[[Project], Project], whole: bool = False) -> None:
        """One edit of what is shown, or of the whole project, with everything that must hold after it."""
        project = self.history.present
        scope = () if whole else self.scope
        shown = opened(project, scope)
        try:
            edited = edit(shown)
            after = project if edited is shown else closed(project, scope, edited)
        except EditError as error:
            assert str(error).endswith(".") and "\n" not in str(error), error
            self.refused += 1
            return
        if edited == shown:
            assert edited is shown, "an edit that changes nothing returns the very same project"
        self.done += 1
        self.show(self.history.do("edit", after))

    def show(self, history: History) -> None:
        self.history = history
        project = history.present
        check_project(project)
        self.scope = reachable(project, self.scope)
        self.analysis = analyse(project, self.analysis)
        same(self.analysis, analyse(project))

    def name(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*self.shown.network.nodes, "nowhere"][:MOST]))

    def names(self, data: st.DataObject, most: int = 6) -> Sequence[str]:
        known = list(self.shown.network.nodes)
        if not known:
            return []
        start = data.draw(st.integers(0, len(known) - 1))
        near = known[start : start + most]
        return data.draw(st.lists(st.sampled_from(near), unique=True))

    def block(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*self.history.present.network.blocks, "Nowhere"]))

    def small(self) -> bool:
        network = self.history.present.network
        parts = [network, *(block.network for block in network.blocks.values())]
        return sum(len(part.nodes) for part in parts) < MOST

    @initialize(scope=st.sampled_from(((), (), ("part1",), ("part1", "down"), ("part2",))))
    def begin(self, scope: Scope) -> None:
        """A network of blocks to begin with, so that there is something to edit."""
        self.first = residual()
        self.show(History(self.first))
        self.scope = scope

    @rule(data=st.data(), at=PLACES)
    def add(self, data: st.DataObject, at: tuple[float, float]) -> None:
        item = data.draw(st.sampled_from(layers()))
        name = self.name(data)
        if self.small():
            how = data.draw(st.integers(0, 2))
            if how == 0:
                self.do(lambda project: edits.add(project, item, at))
            elif how == 1:
                self.do(lambda project: edits.append(project, item, name))
            else:
                self.do(lambda project: edits.insert_before(project, name, 0, item))

    @rule(data=st.data())
    def connect(self, data: st.DataObject) -> None:
        link = Link(
            self.name(data),
            self.name(data),
            data.draw(st.integers(0, 2)),
            data.draw(st.integers(0, 3)),
        )
        self.do(lambda project: edits.connect(project, link))

    @rule(data=st.data())
    def cut(self, data: st.DataObject) -> None:
        links = sorted(self.shown.network.links)
        if links:
            some = data.draw(st.lists(st.sampled_from(links), max_size=3))
            self.do(lambda project: edits.disconnect(project, some))

    @rule(data=st.data(), how=st.integers(0, 3))
    def take_out(self, data: st.DataObject, how: int) -> None:
        names = self.names(data, 3)
        edit = (edits.remove, edits.remove_and_reconnect, edits.detach, edits.detach)[how]
        self.do(lambda project: edit(project, names))

    @rule(data=st.data())
    def put_on_link(self, data: st.DataObject) -> None:
        links = sorted(self.shown.network.links)
        if links:
            link, name = data.draw(st.sampled_from(links)), self.name(data)
            self.do(lambda project: edits.insert_node_on_link(project, name, link))

    @rule(data=st.data())
    def set_parameter(self, data: st.DataObject) -> None:
        name = self.name(data)
        node = self.shown.network.nodes.get(name)
        known = (
            [] if node is None or isinstance(node.content, Instance) else list(node.content.values)
        )
        if known:
            values = {data.draw(st.sampled_from(known)): data.draw(VALUES)}
            self.do(lambda project: edits.set_parameters(project, name, **values))

    @rule(data=st.data())
    def exchange(self, data: st.DataObject) -> None:
        names, kind = self.names(data, 3), data.draw(st.sampled_from(KINDS))
        block = self.block(data)
        self.do(lambda project: edits.replace(project, names, kind))
        self.do(lambda project: edits.replace(project, names[:1], block))

    @rule(
        data=st.data(), mode=st.sampled_from(("active", "bypassed", "muted")), frozen=st.booleans()
    )
    def set_state(self, data: st.DataObject, mode: Any, frozen: bool) -> None:
        names = self.names(data)
        self.do(lambda project: edits.set_mode(project, names, mode))
        self.do(lambda project: edits.set_frozen(project, names, frozen))

    @rule(data=st.data(), title=TITLES)
    def call(self, data: st.DataObject, title: str) -> None:
        name, number = self.name(data), data.draw(st.integers(0, 9))
        self.do(lambda project: edits.set_title(project, name, title))
        self.do(lambda project: edits.rename(project, name, f"called{number}"))

    @rule(data=st.data(), at=PLACES, edge=st.sampled_from(sorted(arrange.EDGES)))
    def place(self, data: st.DataObject, at: tuple[float, float], edge: Any) -> None:
        names, name = self.names(data), self.name(data)
        self.do(lambda project: edits.move(project, {name: at}))
        self.do(lambda project: arrange.align(project, {}, names, edge))
        self.do(lambda project: arrange.distribute(project, {}, names, "vertical"))

    @rule(data=st.data(), at=PLACES, title=TITLES)
    def frame(self, data: st.DataObject, at: tuple[float, float], title: str) -> None:
        known = [name for name in self.shown.frames if "/" not in name]
        self.do(lambda project: edits.add_frame(project, Frame(at, (500.0, 300.0), title)))
        if known:
            name = data.draw(st.sampled_from(known))
            self.do(lambda project: edits.set_frame(project, name, Frame(at, (10.04, 20.0))))
            self.do(lambda project: edits.remove_frame(project, name))

    @rule(data=st.data(), at=PLACES)
    def copy(self, data: st.DataObject, at: tuple[float, float]) -> None:
        names = self.names(data)
        self.texts.append(edits.copy(self.shown, names))
        if self.small():
            text = data.draw(st.sampled_from(self.texts[-4:]))
            self.do(lambda project: edits.paste(project, text, at)[0])
            self.do(lambda project: edits.duplicate_linked(project, names[:2], (20.0, 30.0))[0])

    @rule(data=st.data())
    def group(self, data: st.DataObject) -> None:
        names = self.names(data)
        self.do(lambda project: grouping.group(project, names)[0])

    @rule(data=st.data())
    def ungroup(self, data: st.DataObject) -> None:
        name = self.instance(data)
        if name and self.small():
            before = self.analysis if not self.scope else None
            sound = before is not None and before.valid
            done = self.done
            self.do(lambda project: grouping.ungroup(project, name)[0])
            if sound and before is not None and self.done > done:
                assert self.analysis.parameters == before.parameters
                assert self.analysis.macs == before.macs

    @rule()
    def unpack_all(self) -> None:
        if self.small():
            self.do(grouping.unpack_all)

    @rule(data=st.data(), at=PLACES)
    def add_instance(self, data: st.DataObject, at: tuple[float, float]) -> None:
        block = self.block(data)
        if self.small():
            self.do(lambda project: grouping.add_instance(project, block, at))

    def instance(self, data: st.DataObject) -> str:
        nodes = self.shown.network.nodes
        found = [name for name, node in nodes.items() if isinstance(node.content, Instance)]
        return data.draw(st.sampled_from(found)) if found else ""

    @rule(data=st.data(), value=VALUES, repeat=st.integers(0, 3))
    def use(self, data: st.DataObject, value: Value, repeat: int) -> None:
        name = self.instance(data)
        if name:
            content = self.shown.network.nodes[name].content
            assert isinstance(content, Instance)
            block = self.history.present.network.blocks[content.block]
            known = [*dict(block.parameters), "unknown"]
            key = data.draw(st.sampled_from(known))
            self.do(lambda project: grouping.set_arguments(project, name, **{key: value}))
            self.do(lambda project: grouping.set_first(project, name, **{key: value}))
            self.do(lambda project: grouping.set_repeat(project, name, repeat))

    @rule(data=st.data(), deeper=st.integers(0, 3))
    def enter(self, data: st.DataObject, deeper: int) -> None:
        name = self.instance(data) if deeper else ""
        self.scope = (*self.scope, name) if name else self.scope[:-1]

    @rule(data=st.data(), text=TEXTS, new=st.sampled_from(("", *WORDS)))
    def promote(self, data: st.DataObject, text: str, new: str) -> None:
        name = self.name(data)
        node = self.shown.network.nodes.get(name)
        if node is None:
            return
        values = {} if isinstance(node.content, Instance) else node.content.values
        key = data.draw(st.sampled_from([*values, "unknown"]))
        inside = self.shown.inside
        if inside:
            self.do(lambda project: grouping.promote(project, inside, name, key, new))
        self.do(lambda project: grouping.set_expression(project, name, key, text))
        self.do(lambda project: grouping.set_when(project, name, text))

    @rule(data=st.data(), value=VALUES, new=st.sampled_from(WORDS))
    def parameters(self, data: st.DataObject, value: Value, new: str) -> None:
        block = self.block(data)
        found = self.history.present.network.blocks.get(block)
        key = data.draw(st.sampled_from([*(dict(found.parameters) if found else ()), "unknown"]))
        self.do(lambda project: grouping.set_default(project, block, key, value))
        self.do(lambda project: grouping.rename_parameter(project, block, key, new), whole=True)
        if data.draw(st.integers(0, 3)) == 0:
            self.do(lambda project: grouping.demote(project, block, key), whole=True)

    @rule(data=st.data(), number=st.integers(1, 9))
    def blocks(self, data: st.DataObject, number: int) -> None:
        block = self.block(data)
        self.do(lambda project: grouping.rename_block(project, block, f"Unit{number}"), whole=True)
        if data.draw(st.integers(0, 2)) == 0:
            self.do(lambda project: grouping.remove_block(project, block), whole=True)
        known = list(self.history.present.network.blocks)
        if known:
            text = grouping.copy_block(self.history.present, known[-1])
            assert loads(text)
            self.do(lambda project: grouping.add_block(project, text))

    @rule()
    def write(self) -> None:
        """A sound network can be written; another is refused with a sentence."""
        try:
            write(self.history.present, self.analysis)
        except CodegenError:
            assert not self.analysis.valid

    @rule(steps=st.integers(1, 5))
    def undo(self, steps: int) -> None:
        for _ in range(steps):
            self.show(self.history.undo())

    @rule(steps=st.integers(1, 3))
    def redo(self, steps: int) -> None:
        for _ in range(steps):
            self.show(self.history.redo())

    def teardown(self) -> None:
        """All the way back is the first document, and all the way forward the last, byte for byte."""
        history = self.history
        while history.can_redo:
            history = history.redo()
        last = dumps(history.present)
        while history.can_undo:
            history = history.undo()
        assert dumps(history.present) == dumps(self.first)
        while history.can_redo:
            history = history.redo()
        assert dumps(history.present) == last


def test_random_edits_leave_a_sound_document_and_can_all_be_undone(
    request: pytest.FixtureRequest,
) -> None:
    thorough = request.config.getoption("--thorough")
    run_state_machine_as_test(
        Editing,
        settings=settings(
            max_examples=200 if thorough else 12,
            stateful_step_count=60 if thorough else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
