"""The search for settings that meet a goal, against trying everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resources
from engine.analysis import Analysis, analyse, inside
from engine.design.bench import Bench
from engine.design.goals import Goal, GoalError
from engine.design.search import Candidate, Search, fit
from engine.design.settings import between, values
from engine.fields import ParameterError, Value, specs
from engine.layers.base import Layer
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.edits import EditError
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project
from engine.network.scope import closed, opened
from tests.engine.analysis.drawing import FLATTEN, OUTPUT, RELU, conv, dense, grow, image, pool, row


def template(name: str) -> Project:
    return storage.load(Path(resources.TEMPLATES) / f"{name}.convo")


LENET = template("lenet5")


def search(project: Project, names: list[str], goal: Goal) -> Search:
    found = Search(Bench(project, analyse(project), names, goal), limit=100_000)
    assert found.run()
    return found


def meets(analysis: Analysis, names: list[str], goal: Goal, entry: str) -> bool:
    """Whether a network meets a goal, read from its analysis alone; the last name ends the selection."""
    last = analysis.nodes[names[-1]]
    if not last.known:
        return False
    size = last.outputs[0][1:]
    wanted = analysis.nodes[entry].inputs[0][1:] if goal.size == "same" else goal.size
    field = analysis.receptive(names[-1])
    own = [analysis.nodes[name] for name in names]
    whole = goal.counted == "network"
    parameters = analysis.parameters if whole else sum(item.parameters for item in own)
    macs = analysis.macs if whole else sum(item.macs for item in own)
    return (
        (wanted is None or size == wanted)
        and (
            goal.receptive_at_least is None
            or (field is not None and min(field.size) >= goal.receptive_at_least)
        )
        and (goal.parameters_at_most is None or parameters <= goal.parameters_at_most)
        and (goal.macs_at_most is None or macs <= goal.macs_at_most)
    )


Setting = dict[tuple[str, str], Value]


def everything(project: Project, names: list[str], most: int) -> Iterator[Setting]:
    """Every setting of up to `most` parameters of these nodes."""
    dials: Mapping[tuple[str, str], list[Value]] = {}
    for name in names:
        content = project.network.nodes[name].content
        assert isinstance(content, Layer)
        for parameter, spec in specs(type(content)).items():
            dials[name, parameter] = list(values(spec, content.values[parameter]))
    for count in range(1, most + 1):
        for chosen in combinations(dials, count):
            for given_values in product(*(dials[key] for key in chosen)):
                yield dict(zip(chosen, given_values, strict=True))


def tried(project: Project, setting: Setting) -> Project | None:
    """The project with a setting; None where a layer cannot hold it, or would lose an output."""
    for (name, parameter), value in setting.items():
        before = project.network.nodes[name].content
        try:
            project = edits.set_parameters(project, name, **{parameter: value})
        except EditError:
            return None
        after = project.network.nodes[name].content
        assert isinstance(before, Layer) and isinstance(after, Layer)
        if before.output_ports() != after.output_ports():
            return None
    return project


def as_setting(candidate: Candidate) -> Setting:
    return {(item.node, item.name): item.value for item in candidate.edit.assignments}


def on_the_way(project: Project, smaller: Setting, larger: Setting) -> bool:
    if not smaller.keys() <= larger.keys():
        return False
    for (name, parameter), value in smaller.items():
        content = project.network.nodes[name].content
        assert isinstance(content, Layer)
        if not between(content.values[parameter], value, larger[name, parameter]):
            return False
    return True


def compare_with_everything(project: Project, names: list[str], goal: Goal, most: int) -> int:
    """Hold a search against trying everything; returns how many settings meet the goal."""
    analysis = analyse(project)
    found = search(project, names, goal)
    outcome = found.outcome
    most = min(most, outcome.complete_to)
    for candidate in outcome.candidates:
        after = analyse(candidate.edit(project))
        assert meets(after, names, goal, names[0]), candidate.changes
        assert (candidate.parameters, candidate.macs) == (after.parameters, after.macs)
        assert candidate.errors == sum(item.severity == "error" for item in after.problems)
    returned = [(as_setting(item), item.errors) for item in outcome.candidates]
    before = sum(item.severity == "error" for item in analysis.problems)
    meeting = 0
    for setting in everything(project, names, most):
        after = tried(project, setting)
        if after is None:
            continue
        judged = analyse(after, analysis)
        if not meets(judged, names, goal, names[0]):
            continue
        meeting += 1
        errors = sum(item.severity == "error" for item in judged.problems)
        assert any(
            on_the_way(project, smaller, setting) and fewer <= max(errors, before)
            for smaller, fewer in returned
        ), setting
    return meeting


@pytest.mark.parametrize(
    ("names", "goal", "most"),
    [
        (["pool1"], Goal(size=(7, 7)), 3),
        (["pool1"], Goal(size=(13, 13), receptive_at_least=8), 3),
        (["conv1"], Goal(size="same"), 2),
        (["conv1"], Goal(size="same", receptive_at_least=9), 2),
        (["conv3"], Goal(parameters_at_most=9_000), 2),
        (["dense1"], Goal(parameters_at_most=20_000, counted="network"), 3),
        (["pool2"], Goal(macs_at_most=300_000, counted="network"), 2),
        (["pool1", "pool2"], Goal(size=(5, 5), receptive_at_least=17), 1),
    ],
    ids=lambda value: str(value) if isinstance(value, list) else None,
)
def test_nothing_that_meets_the_goal_with_a_smaller_change_is_missed(names, goal, most):
    compare_with_everything(LENET, names, goal, most)


@settings(max_examples=6, deadline=None)
@given(
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    side=st.integers(5, 24),
    wanted=st.integers(1, 12),
    least=st.none() | st.integers(2, 12),
)
def test_a_pool_of_any_size_is_fitted_as_trying_everything_fits_it(
    kernel, stride, side, wanted, least
):
    project = row(image(3, side, side), pool(kernel, stride=stride), FLATTEN, dense(10), OUTPUT)
    goal = Goal(size=(wanted, wanted), receptive_at_least=least)
    if analyse(project).nodes["pool1"].known or analyse(project).nodes["pool1"].inputs:
        compare_with_everything(project, ["pool1"], goal, 2)


def first(project: Project, names: list[str], goal: Goal) -> Candidate:
    return fit(project, analyse(project), names, goal)[0]


def test_keeping_the_size_pads_by_half_the_kernel():
    found = fit(LENET, analyse(LENET), ["conv1"], Goal(size="same"))
    assert found[0].changes == "conv1: padding 0 → 2"
    assert found[1].changes == "conv1: padding 0 → same"
    assert found[0].shape == (6, 32, 32)
    assert found[0].receptive == (5, 5)


def test_a_candidate_that_breaks_the_network_stands_last_and_says_what_breaks():
    found = fit(LENET, analyse(LENET), ["conv1"], Goal(size=(14, 14)))
    halved = next(item for item in found if item.changes == "conv1: stride 1 → 2")
    assert not halved.sound
    assert (halved.errors_before, halved.errors) == (0, 1)
    assert halved.broken == ("conv3",)
    assert [item.sound for item in found] == sorted((item.sound for item in found), reverse=True)


def test_an_edit_of_a_candidate_is_a_value_and_changes_nothing_else():
    candidate = first(LENET, ["conv1"], Goal(size="same"))
    again = first(LENET, ["conv1"], Goal(size="same"))
    assert candidate.edit == again.edit
    assert candidate.edit(LENET) == edits.set_parameters(LENET, "conv1", padding=2)
    assert candidate == again


def test_several_nodes_are_set_alike_where_each_needs_the_same():
    project = row(
        image(1, 28, 28),
        *(item for _ in range(5) for item in (conv(8, 3), RELU)),
        FLATTEN,
        dense(10),
        OUTPUT,
    )
    names = [f"conv{number}" for number in range(1, 6)]
    alike = fit(project, analyse(project), names, Goal(size="same"), 1000, (), 1.0)
    best = next(item for item in alike if item.changes.startswith("conv1, conv2 and 3"))
    assert best.changes == "conv1, conv2 and 3 more: padding 0 → 1"
    assert analyse(best.edit(project)).nodes["conv5"].outputs == ((8, 28, 28),)


def test_branches_that_do_not_fit_together_are_fitted_at_once():
    project = row(image(3, 16, 16), conv(8, 3))
    project = grow(project, conv(8, 5), "input1")
    project = grow(project, layer("Concat"), "conv1", "conv2")
    assert not analyse(project).nodes["concat1"].known
    best = first(project, ["conv1", "conv2"], Goal(size=(16, 16)))
    after = analyse(best.edit(project))
    assert after.nodes["concat1"].outputs == ((16, 16, 16),)


def test_a_layer_that_does_not_work_as_it_is_can_be_fitted():
    project = edits.set_parameters(LENET, "conv3", kernel_size=9)
    assert not analyse(project).nodes["conv3"].known
    best = first(project, ["conv3"], Goal(size=(1, 1)))
    assert best.changes == "conv3: kernel size 9 → 5"
    assert (best.errors_before, best.errors) == (1, 0)


def test_an_upsampling_is_set_to_the_size_that_is_wanted():
    project = row(image(1, 7, 7), layer("Upsample"), conv(4, 3), FLATTEN, dense(10), OUTPUT)
    found = fit(project, analyse(project), ["upsample1"], Goal(size=(30, 30)))
    assert found[0].changes == "upsample1: size by the scale factor → 30"


def test_unequal_sides_are_tried_where_the_wish_has_them():
    found = fit(LENET, analyse(LENET), ["conv1"], Goal(size=(28, 14)), seconds=3)
    assert found[0].changes == "conv1: stride 1 → 1×2"
    assert found[0].size == (28, 14)


def test_a_goal_that_is_met_already_needs_nothing():
    outcome = search(LENET, ["conv1"], Goal(size=(28, 28))).outcome
    assert outcome.met
    assert outcome.candidates == ()


def test_the_wish_that_cannot_be_met_is_named_with_the_nearest():
    outcome = search(LENET, ["tanh1"], Goal(size=(14, 14))).outcome
    assert outcome.reason == (
        "The selection has nothing that can be set; select the layers to change."
    )
    outcome = search(LENET, ["pool2"], Goal(size=(40, 40))).outcome
    assert outcome.reason == "No setting gives a size of 40×40 px; the nearest is 11×11 px."
    assert outcome.nearest is not None
    assert outcome.nearest.size == (11, 11)
    outcome = search(LENET, ["dense1"], Goal(size=(3, 3))).outcome
    assert outcome.reason == (
        "Nothing here can have a size of 3×3 px: the output is a vector of 84."
    )


def test_wishes_that_exclude_each_other_are_said_to():
    project = row(image(1, 16, 16), pool(), FLATTEN, dense(10), OUTPUT)
    outcome = search(project, ["pool1"], Goal(size="same", receptive_at_least=14)).outcome
    assert outcome.candidates == ()
    assert outcome.reason == (
        "Each wish can be met alone, but no setting gives a size of 16×16 px and a receptive field "
        "of 14 px together."
    )
    assert outcome.nearest is not None


@pytest.mark.parametrize(
    ("names", "goal", "sentence"),
    [
        (["conv1"], Goal(), "Nothing is wished for yet; fill in at least one field."),
        ([], Goal(size="same"), "Nothing is selected that computes; select the layers to fit."),
        (
            ["dense1"],
            Goal(size="same"),
            "No maps go into the selection, so there is no size to keep.",
        ),
    ],
)
def test_a_goal_that_has_no_meaning_is_refused_in_a_sentence(names, goal, sentence):
    with pytest.raises(GoalError) as error:
        fit(LENET, analyse(LENET), names, goal)
    assert str(error.value) == sentence


def test_a_node_behind_a_problem_is_refused_with_its_name():
    project = edits.set_parameters(LENET, "conv2", kernel_size=99)
    with pytest.raises(GoalError, match="conv3 gets no shape yet"):
        fit(project, analyse(project), ["conv3"], Goal(size="same"))


def test_a_search_goes_on_in_slices_and_tells_how_far_it_is():
    whole = search(LENET, ["conv2"], Goal(size=(7, 7)))
    sliced = Search(Bench(LENET, analyse(LENET), ["conv2"], Goal(size=(7, 7))), limit=100_000)
    slices = 0
    while not sliced.run(0.005):
        slices += 1
        assert 0 <= sliced.progress <= 1
        assert sliced.outcome.tried <= sliced.outcome.space
    assert slices > 3
    assert sliced.outcome == whole.outcome


def test_a_search_that_is_cut_short_says_what_it_has_looked_at():
    names = [name for name, node in LENET.network.nodes.items() if node.kind == "Conv2d"]
    cut = Search(Bench(LENET, analyse(LENET), names, Goal(size=(2, 2), receptive_at_least=31)))
    cut.run(0.05)
    assert not cut.outcome.finished
    assert 0 < cut.outcome.tried < cut.outcome.space


def stages() -> Project:
    """Two uses of a block whose stride and width are promoted, the second three times in a row."""
    inner = Network(
        {
            "x": Node(layer("Input")),
            "conv": Node(
                layer("Conv2d", padding=1),
                expressions=(("out_channels", "width * 2"), ("stride", "stride")),
            ),
            "last": Node(layer("Conv2d", kernel_size=5), expressions=(("padding", "pad"),)),
            "y": Node(layer("Output")),
        },
        frozenset({Link("x", "conv"), Link("conv", "last"), Link("last", "y")}),
    )
    block = Block(inner, (("width", 8), ("stride", 1), ("pad", 2)))
    nodes = {
        "input1": Node(layer("Input", shape=(3, 32, 32))),
        "stage1": Node(Instance("Stage")),
        "stage2": Node(Instance("Stage", (("width", 16),), 3, (("stride", 2),))),
        "output1": Node(layer("Output")),
    }
    links = frozenset(
        {Link("input1", "stage1"), Link("stage1", "stage2"), Link("stage2", "output1")}
    )
    return Project(network=Network(nodes, links, {"Stage": block}))


def test_the_arguments_of_a_block_are_fitted():
    project = stages()
    analysis = analyse(project)
    assert analysis.nodes["stage2"].outputs == ((16, 16, 16),)
    found = fit(project, analysis, ["stage2"], Goal(size=(8, 8)))
    assert found[0].changes == "stage2: first stride 2 → 4"
    after = analyse(found[0].edit(project))
    assert after.nodes["stage2"].outputs == ((16, 8, 8),)
    cheaper = fit(project, analysis, ["stage2"], Goal(parameters_at_most=5_000))
    assert any(item.changes.startswith("stage2: width 16 →") for item in cheaper)
    assert any(item.changes.startswith("stage2: repeat 3 → ") for item in cheaper)
    for item in cheaper:
        assert analyse(item.edit(project)).nodes["stage2"].parameters <= 5_000


def test_inside_a_block_what_an_expression_decides_stays_and_the_rest_is_fitted():
    project = stages()
    analysis = analyse(project)
    scope = ("stage1",)
    found = fit(project, analysis, ["last"], Goal(size=(30, 30)), scope=scope)
    assert found
    shown = opened(project, scope)
    for item in found:
        assert {one.name for one in item.edit.assignments}.isdisjoint({"padding"})
        after = closed(project, scope, item.edit(shown))
        seen = inside(after, analyse(after), scope)
        assert seen.nodes["last"].outputs[0][1:] == (30, 30)
        assert item.parameters == analyse(after).parameters


def test_muted_nodes_are_left_alone():
    project = edits.set_mode(LENET, ["tanh1"], "bypassed")
    found = fit(project, analyse(project), ["tanh1", "conv1"], Goal(size="same"))
    assert found[0].changes == "conv1: padding 0 → 2"


def test_values_of_a_field_are_those_it_allows():
    for kind in ("Conv2d", "ZeroPad2d", "Upsample", "GroupNorm", "AdaptiveAvgPool2d", "Dropout"):
        made = layer(kind)
        for name, spec in specs(type(made)).items():
            for value in values(spec, made.values[name]):
                try:
                    assert made.changed(**{name: value}).values[name] == value
                except ParameterError as error:
                    pytest.fail(str(error))
