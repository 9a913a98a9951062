"""An analysis after an edit says what one from nothing says, whatever the edit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from engine.analysis import Analysis, analyse
from engine.analysis.measure import LayerMeasures, Shapes
from engine.analysis.report import NodeReport
from engine.cli.bench_analysis import RESNET152, resnet
from engine.fields import ParameterError
from engine.layers import catalogue
from engine.network import edits
from engine.network.network import Link
from engine.network.project import DataChoice, Project
from tests.engine.analysis.drawing import image, lenet5, same, working
from tests.engine.network.drawing import layers, projects

LAYERS = layers()


@st.composite
def edited(draw: st.DrawFn, project: Project) -> Project:
    """A project after one random edit; the same one where the edit cannot be done."""
    names = list(project.network.nodes)
    links = sorted(project.network.links)
    kind = draw(st.sampled_from(["layer", "set", "set", "add", "remove", "join", "link", "unlink"]))
    other = draw(st.sampled_from(["fix", "fix", "recipe", "data", "rename", "insert", "no"]))
    try:
        if kind == "add" or not names:
            return edits.add(project, draw(st.sampled_from(LAYERS)), (0, 0))
        name = draw(st.sampled_from(names))
        match kind:
            case "layer":
                return edits.set_layer(project, name, draw(st.sampled_from(LAYERS)))
            case "set":
                values = project.network.nodes[name].content.values  # type: ignore[union-attr]
                numbers = [key for key, value in values.items() if isinstance(value, (int, float))]
                if numbers:
                    value = draw(st.integers(1, 9))
                    return edits.set_parameters(
                        project, name, **{draw(st.sampled_from(numbers)): value}
                    )
            case "remove":
                return edits.remove(project, [name])
            case "join":
                return edits.remove_and_reconnect(project, [name])
            case "link":
                link = Link(name, draw(st.sampled_from(names)), 0, draw(st.integers(0, 2)))
                return edits.connect(project, link)
            case _:
                if links:
                    return edits.disconnect(project, [draw(st.sampled_from(links))])
        match other:
            case "fix":
                fixes = [fix for item in analyse(project).problems for fix in item.fixes]
                if fixes:
                    return draw(st.sampled_from(fixes)).edit(project)
            case "recipe":
                recipe = replace(project.recipe, batch_size=draw(st.sampled_from([1, 32, 65_536])))
                return edits.set_recipe(project, recipe)
            case "data":
                data = DataChoice(draw(st.sampled_from(["digits", "cifar10", "none"])))
                return edits.set_data(project, data)
            case "rename":
                return edits.rename(project, name, "another")
            case "insert":
                if links:
                    layer = draw(st.sampled_from(LAYERS))
                    return edits.insert_on_link(
                        project, draw(st.sampled_from(links)), layer, (0, 0)
                    )
    except (edits.EditError, ParameterError):
        pass
    return project


def follow(data: st.DataObject, project: Project, steps: int) -> None:
    """Analyse along random edits, always from the last analysis, and compare."""
    analysis: Analysis | None = None
    for _ in range(steps):
        analysis = analyse(project, analysis)
        if data.draw(st.booleans()):
            # Receptive fields that were asked for are handed on.
            analysis.receptive(data.draw(st.sampled_from([*analysis.nodes, "none"])))
        same(analysis, analyse(project))
        project = data.draw(edited(project))
    same(analyse(project, analysis), analyse(project))


@given(st.data(), working())
@settings(max_examples=60, deadline=None)
def test_after_any_edits_of_a_network_that_works(data: st.DataObject, project: Project) -> None:
    follow(data, project, 6)


@given(st.data(), projects())
@settings(max_examples=60, deadline=None)
def test_after_any_edits_of_a_network_that_is_wild(data: st.DataObject, project: Project) -> None:
    follow(data, project, 4)


@given(working())
@settings(max_examples=40, deadline=None)
def test_a_network_drawn_to_work_works(project: Project) -> None:
    analysis = analyse(project)
    assert analysis.valid, analysis.problems
    assert all(report.known for report in analysis.nodes.values())


def test_undo_finds_the_first_analysis_again() -> None:
    project = lenet5()
    first = analyse(project)
    edited = edits.set_parameters(project, "conv1", out_channels=9)
    second = analyse(edited, first)
    assert second.nodes["conv1"].outputs == ((9, 28, 28),)
    same(analyse(project, second), first)


def test_reports_of_nodes_that_did_not_change_are_the_same_objects() -> None:
    project = lenet5()
    first = analyse(project)
    second = analyse(edits.set_parameters(project, "conv2", out_channels=8), first)
    changed = [name for name in first.order if first.nodes[name] is not second.nodes[name]]
    assert changed == ["conv2", "tanh2", "pool2", "conv3"]


def test_only_what_an_edit_changes_is_worked_out_again(monkeypatch: MonkeyPatch) -> None:
    project = resnet(RESNET152)
    first = analyse(project)
    measured: list[Shapes] = []
    plain = LayerMeasures.measure

    def counted(self: LayerMeasures, shapes: Shapes) -> NodeReport:
        measured.append(shapes)
        return plain(self, shapes)

    monkeypatch.setattr(LayerMeasures, "measure", counted)
    analyse(edits.set_parameters(project, "s2b7_b", out_channels=77), first)
    # The convolution, its norm, its ReLU and the next convolution.
    assert len(measured) <= 4


def test_another_dataset_brings_another_verdict_on_the_same_network() -> None:
    project = edits.set_parameters(lenet5(), "dense2", out_features=7)
    first = analyse(project)
    second = analyse(edits.set_data(project, DataChoice("mnist")), first)
    assert "Digits" in first.problems[0].message and "MNIST" in second.problems[0].message


def test_a_larger_image_makes_whole_fields_larger() -> None:
    project = lenet5()
    first = analyse(project)
    assert first.receptive("dense1") is not None
    second = analyse(edits.set_layer(project, "input1", image(1, 36, 36)), first)
    field = second.receptive("dense1")
    assert field is not None and field.size == (36, 36)


def test_every_layer_kind_is_drawn_in_these_tests() -> None:
    assert {item.kind() for item in LAYERS} == set(catalogue.kinds())
