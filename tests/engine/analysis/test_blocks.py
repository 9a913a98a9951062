"""Blocks are analysed from the inside: each application counts, and says where it breaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from engine.analysis import analyse
from engine.cli.bench_analysis import resnet
from engine.fields import Value
from engine.layers.base import Layer
from engine.network import edits
from engine.network.blocks import expand
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project
from tests.engine.analysis.drawing import FLATTEN, OUTPUT, RELU, dense, image, layer, row, same


def bottleneck() -> Block:
    """ResNet's bottleneck, its projection there only where `widen` is set."""
    width = ("out_channels", "width")
    wide = ("out_channels", "width * 4")
    stride = ("stride", "stride")

    def conv(*expressions: tuple[str, str], **values: Value) -> Node:
        return Node(layer("Conv2d", bias=False, **values), expressions=expressions)

    nodes = {
        "x": Node(layer("Input")),
        "conv1": conv(width, kernel_size=1),
        "bn1": Node(layer("BatchNorm2d")),
        "relu1": Node(RELU),
        "conv2": conv(width, stride, kernel_size=3, padding=1),
        "bn2": Node(layer("BatchNorm2d")),
        "relu2": Node(RELU),
        "conv3": conv(wide, kernel_size=1),
        "bn3": Node(layer("BatchNorm2d")),
        "down": replace(conv(wide, stride, kernel_size=1), when="widen"),
        "down_bn": Node(layer("BatchNorm2d"), when="widen"),
        "add": Node(layer("Add")),
        "relu": Node(RELU),
        "y": Node(OUTPUT),
    }
    path = [
        "x",
        "conv1",
        "bn1",
        "relu1",
        "conv2",
        "bn2",
        "relu2",
        "conv3",
        "bn3",
        "add",
        "relu",
        "y",
    ]
    links = {Link(source, target) for source, target in pairwise(path)}
    links |= {Link("x", "down"), Link("down", "down_bn"), Link("down_bn", "add", 0, 1)}
    parameters = (("width", 64), ("stride", 1), ("widen", False))
    return Block(Network(nodes, frozenset(links)), parameters)


def folded(repeats: tuple[int, ...]) -> Project:
    """A ResNet of bottlenecks with each stage one node."""
    conv = layer("Conv2d", out_channels=64, kernel_size=7, stride=2, padding=3, bias=False)
    pool = layer("MaxPool2d", kernel_size=3, stride=2, padding=1)
    project = row(image(3, 224, 224), conv, layer("BatchNorm2d"), RELU, pool)
    nodes, links = dict(project.network.nodes), set(project.network.links)
    last = "pool1"
    for stage, repeat in enumerate(repeats):
        first: tuple[tuple[str, Value], ...] = (("widen", True), ("stride", 2 if stage else 1))
        instance = Instance("Bottleneck", (("width", 64 << stage),), repeat, first)
        nodes[f"stage{stage}"] = Node(instance)
        links.add(Link(last, f"stage{stage}"))
        last = f"stage{stage}"
    network = Network(nodes, frozenset(links), {"Bottleneck": bottleneck()})
    project = Project(network=network)
    for item in (layer("AdaptiveAvgPool2d", output_size=1), FLATTEN, dense(10), OUTPUT):
        project = edits.append(project, item, last)
        last = list(project.network.nodes)[-1]
    return project


def simple(*layers: Layer, **instance: object) -> Project:
    """An 8×8 image through one instance of a block that is a row of layers."""
    inner = row(image(1, 1, 1), *layers, OUTPUT).network
    nodes = {
        "image": Node(image(1, 8, 8)),
        "part": Node(replace(Instance("Part"), **instance)),
    }
    network = Network(nodes, frozenset({Link("image", "part")}), {"Part": Block(inner)})
    return edits.append(Project(network=network), OUTPUT, "part")


def message(project: Project, node: str = "part") -> str:
    (problem,) = analyse(project).nodes[node].problems
    return problem.message


def test_a_folded_network_has_the_numbers_of_the_unpacked_one() -> None:
    one, other = analyse(folded((3, 4, 6, 3))), analyse(resnet((3, 4, 6, 3)))
    assert one.parameters == other.parameters
    assert one.macs == other.macs
    assert one.memory == other.memory
    assert one.nodes["stage3"].outputs == other.nodes["s3b2_relu"].outputs == ((2048, 7, 7),)
    assert one.receptive("stage0") == other.receptive("s0b2_relu")
    assert one.receptive("stage3") == other.receptive("s3b2_relu")


def test_every_application_of_a_repeated_block_can_be_looked_into() -> None:
    analysis = analyse(folded((3, 4, 6, 3)))
    first, *others = analysis.inside["stage1"]
    assert len(others) == 3
    assert "down" in first.network.nodes and "down" not in others[0].network.nodes
    assert first.analysis.nodes["conv1"].inputs == ((256, 56, 56),)
    assert first.analysis.nodes["conv2"].outputs == ((128, 28, 28),)
    assert others[0].analysis.nodes["conv1"].inputs == ((512, 28, 28),)
    report = analysis.nodes["stage1"]
    assert report.parameters == sum(item.analysis.parameters for item in (first, *others))


def test_an_edit_outside_a_block_finds_the_inside_again() -> None:
    project = folded((3, 4, 6, 3))
    first = analyse(project)
    edited = edits.set_parameters(project, "conv1", stride=1)
    second = analyse(edited, first)
    same(second, analyse(edited))
    assert second.nodes["stage0"].outputs == ((256, 56 * 2, 56 * 2),)
    third = analyse(edits.set_parameters(edited, "conv1", stride=2), second)
    assert third.inside["stage2"][3].analysis is first.inside["stage2"][3].analysis


def test_an_edit_of_a_block_changes_all_its_instances() -> None:
    project = folded((1, 1))
    first = analyse(project)
    block = bottleneck()
    nodes = {**block.network.nodes, "conv2": replace(block.network.nodes["conv2"])}
    kernel = layer("Conv2d", bias=False, kernel_size=5, padding=2)
    nodes["conv2"] = replace(nodes["conv2"], content=kernel)
    blocks = {"Bottleneck": replace(block, network=replace(block.network, nodes=nodes))}
    edited = replace(project, network=replace(project.network, blocks=blocks))
    second = analyse(edited, first)
    same(second, analyse(edited))
    assert second.nodes["stage0"].parameters - first.nodes["stage0"].parameters == 16 * 64 * 64


def test_blocks_inside_blocks_are_counted() -> None:
    inner = row(image(1, 1, 1), layer("Conv2d", out_channels=4, padding=1), OUTPUT).network
    outer = Network(
        {
            "x": Node(image(1, 1, 1)),
            "twice": Node(Instance("Inner", repeat=2)),
            "y": Node(OUTPUT),
        },
        frozenset({Link("x", "twice"), Link("twice", "y")}),
    )
    network = Network(
        {"image": Node(image(3, 8, 8)), "both": Node(Instance("Outer", repeat=2))},
        frozenset({Link("image", "both")}),
        {"Inner": Block(inner), "Outer": Block(outer)},
    )
    analysis = analyse(Project(network=network))
    assert analysis.nodes["both"].parameters == (27 * 4 + 4) + 3 * (36 * 4 + 4)
    field = analysis.receptive("both")
    assert field is not None and field.size == (9, 9) and field.offset == (-4, -4)
    (application, _) = analysis.inside["both"]
    assert len(application.analysis.inside["twice"]) == 2


def test_a_block_that_sees_everything_says_so() -> None:
    project = simple(FLATTEN, dense(10))
    field = analyse(project).receptive("part")
    assert field is not None and field.size == (8, 8)


def test_a_block_that_breaks_inside_is_named_with_its_node() -> None:
    assert message(simple(layer("Conv2d", kernel_size=9))).startswith(
        "part does not work: inside Part, conv1 has a window of 9×9, larger than"
    )


def test_a_block_without_output_is_refused() -> None:
    project = simple(RELU)
    block = project.network.blocks["Part"]
    nodes = {name: node for name, node in block.network.nodes.items() if node.kind != "Output"}
    links = frozenset(link for link in block.network.links if link.target in nodes)
    blocks = {"Part": Block(Network(nodes, links))}
    broken = replace(project, network=replace(project.network, blocks=blocks))
    found = [item.message for item in analyse(broken).problems if item.node == "part"]
    assert found[0] == "part does not work: Part has no Output; put one into it."


def test_a_block_without_input_is_looked_into_all_the_same() -> None:
    project = simple(RELU)
    block = project.network.blocks["Part"]
    nodes = {name: node for name, node in block.network.nodes.items() if node.kind != "Input"}
    links = frozenset(link for link in block.network.links if link.source in nodes)
    blocks = {"Part": Block(Network(nodes, links))}
    unlinked = frozenset(link for link in project.network.links if link.target != "part")
    broken = replace(project, network=replace(project.network, links=unlinked, blocks=blocks))
    found = [item.message for item in analyse(broken).problems if item.node == "part"]
    assert found == ["part does not work: inside Part, relu1 has no input; link a layer to it."]


def test_an_unknown_block_and_an_unknown_argument_are_refused() -> None:
    project = simple(RELU)
    lost = replace(project, network=replace(project.network, blocks={}))
    assert "no block 'Part'" in message(lost)
    assert "no parameter 'depth'" in message(simple(RELU, arguments=(("depth", 3),)))


def test_a_block_that_contains_itself_is_refused() -> None:
    nodes = {"x": Node(image(1, 1, 1)), "me": Node(Instance("Part")), "y": Node(OUTPUT)}
    links = frozenset({Link("x", "me"), Link("me", "y")})
    project = simple(RELU)
    blocks = {"Part": Block(Network(nodes, links))}
    told = message(replace(project, network=replace(project.network, blocks=blocks)))
    assert "contains itself" in told


def test_what_is_inside_an_application_is_what_expand_gives() -> None:
    project = folded((2, 2))
    instance = project.network.nodes["stage1"].content
    assert isinstance(instance, Instance)
    applications = analyse(project).inside["stage1"]
    for number, application in enumerate(applications):
        opened = expand(project.network, instance, number)
        assert application.network.nodes == opened.nodes
        assert application.network.links == opened.links
