"""Networks for the tests: known ones, and random ones that work."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.analysis import Analysis, Problem, analyse
from engine.fields import Value
from engine.layers import catalogue
from engine.layers.base import Layer, Shape, ShapeError
from engine.network import edits
from engine.network.network import Link
from engine.network.project import DataChoice, Project

layer = catalogue.layer


def conv(channels: int | str, kernel_size: Value, **values: Value) -> Layer:
    return layer("Conv2d", out_channels=channels, kernel_size=kernel_size, **values)


def image(*shape: int) -> Layer:
    return layer("Input", shape=shape)


def dense(features: int) -> Layer:
    return layer("Linear", out_features=features)


def pool(kernel_size: int = 2, **values: Value) -> Layer:
    return layer("MaxPool2d", kernel_size=kernel_size, **values)


RELU, FLATTEN, OUTPUT = layer("ReLU"), layer("Flatten"), layer("Output")


def row(*layers: Layer) -> Project:
    """Layers one after the other, named as the designer names them: conv1, pool1, relu1, conv2 ..."""
    project = Project()
    last = None
    for item in layers:
        project = edits.append(project, item, last)
        last = list(project.network.nodes)[-1]
    return project


def grow(project: Project, item: Layer, *sources: str) -> Project:
    """One more layer, fed by others."""
    project = edits.add(project, item, (0, 0))
    name = list(project.network.nodes)[-1]
    for number, source in enumerate(sources):
        project = edits.connect(project, Link(source, name, input=number))
    return project


def lenet5() -> Project:
    """LeNet-5 as the plan has it: 1×32×32, tanh, average pooling, 10 classes."""
    tanh, average = layer("Tanh"), layer("AvgPool2d", kernel_size=2)
    return row(
        *(image(1, 32, 32), conv(6, 5), tanh, average, conv(16, 5), tanh, average),
        *(conv(120, 5), tanh, FLATTEN, dense(84), tanh, dense(10), OUTPUT),
    )


def problems(project: Project, node: str | None = None) -> list[Problem]:
    """What is wrong with a project, or with one of its nodes."""
    found = analyse(project).problems
    return [item for item in found if node is None or item.node == node]


def only(project: Project) -> Problem:
    """The one thing that is wrong with a project."""
    found = problems(project)
    assert len(found) == 1, [item.message for item in found]
    return found[0]


def mended(project: Project, problem: Problem, number: int = 0) -> Project:
    """The project after a press on a problem's button."""
    return problem.fixes[number].edit(project)


def same(one: Analysis, other: Analysis) -> None:
    """Fail unless two analyses say the same, receptive fields included."""
    assert one.nodes == other.nodes
    assert list(one.nodes) == list(other.nodes)
    assert one.problems == other.problems
    assert one.order == other.order
    assert (one.parameters, one.macs, one.memory) == (
        other.parameters,
        other.macs,
        other.memory,
    )
    assert one.inside == other.inside
    for name in one.nodes:
        assert one.receptive(name) == other.receptive(name), name


@st.composite
def working(draw: st.DrawFn, most: int = 14) -> Project:
    """A network of up to `most` layers, branches among them, that takes images and gives 10 scores."""
    size = draw(st.sampled_from([8, 15, 28]))
    project = row(image(draw(st.sampled_from([1, 3])), size, size))
    shapes: dict[str, Shape] = {"input1": analyse(project).nodes["input1"].outputs[0]}
    for _ in range(draw(st.integers(1, most))):
        item = draw(maps_layers())
        names = list(shapes)
        first = draw(st.sampled_from(names[-3:]))
        chosen = [first]
        if item.variadic:
            alike = [name for name in names if shapes[name] == shapes[first]]
            chosen.append(draw(st.sampled_from(alike)))
        try:
            shape = item.output(*(shapes[name] for name in chosen))
        except ShapeError:
            continue
        project = grow(project, item, *chosen)
        shapes[list(project.network.nodes)[-1]] = shape
    last = list(shapes)[-1]
    for item in (FLATTEN, dense(10), OUTPUT):
        project = edits.append(project, item, last)
        last = list(project.network.nodes)[-1]
    unused = [item.node for item in problems(project) if "is not used" in item.message]
    while unused:
        project = edits.remove(project, unused)
        unused = [item.node for item in problems(project) if "is not used" in item.message]
    return edits.set_data(project, DataChoice("digits"))


def maps_layers() -> st.SearchStrategy[Layer]:
    """Layers that take maps and give maps."""
    few, padding = st.integers(1, 8), st.integers(0, 2)
    return st.one_of(
        st.builds(
            lambda *values: conv(*values[:2], stride=values[2], padding=values[3]),
            *(few, st.integers(1, 5), st.integers(1, 2), padding),
        ),
        st.builds(lambda channels: conv(channels, 3, padding="same"), few),
        st.builds(lambda: layer("Conv2d", out_channels="same", groups="depthwise", padding=1)),
        st.builds(pool, st.integers(2, 3), stride=st.integers(1, 2)),
        st.builds(lambda size: layer("AvgPool2d", kernel_size=size), st.integers(2, 3)),
        st.just(RELU),
        st.just(layer("BatchNorm2d")),
        st.just(layer("Upsample")),
        st.just(layer("ZeroPad2d")),
        st.just(layer("Add")),
        st.just(layer("Concat")),
        st.just(layer("Multiply")),
    )
