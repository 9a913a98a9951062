"""Blocks: one class for many instances, in the block's own terms, and the module is the right one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.analysis import analyse
from engine.codegen import CodegenError, Source, write
from engine.codegen.guard import check
from engine.layers import catalogue
from engine.network.network import Block, Instance
from engine.network.project import Project
from engine.training.build import build
from tests.engine.codegen.networks import (
    Sketch,
    basic_block,
    bottleneck,
    layer,
    resnet,
)
from tests.engine.codegen.test_write import ruff_complaints

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "torchvision_state_dicts.json"


def stack(block: Block, *instances: Instance, shape: tuple[int, ...] = (3, 16, 16)) -> Project:
    """An image that goes through instances of `Part`, one after the other."""
    sketch = Sketch()
    last = sketch.add("image", layer("Input", shape=shape))
    for number, instance in enumerate(instances):
        last = sketch.add(f"part{number}", instance, last)
    sketch.add("out", layer("Output"), last)
    return sketch.project("Stack", Part=block)


def chain(*items: tuple[str, object], **node: object) -> Sketch:
    sketch = Sketch()
    last = sketch.add("input", layer("Input"))
    for name, content in items:
        last = sketch.add(name, content, last)
    sketch.add("output", layer("Output"), last)
    return sketch


def verified(project: Project, folder: Path) -> Source:
    """The source, once everything that holds for every source has been seen to hold."""
    source = write(project)
    check(source.text)
    assert ruff_complaints(source.text, folder) == ""
    with torch.device("meta"):
        module = build(source.text)
        shape = project.network.nodes["image"].content.outputs()[0]  # type: ignore[union-attr]
        result = module(torch.zeros(2, *shape))
    assert {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()} == {
        name: tensor.shape for name, tensor in source.tensors.items()
    }
    analysis = analyse(project)
    last = next(name for name, node in project.network.nodes.items() if node.kind == "Output")
    assert tuple(result.shape[1:]) == analysis.nodes[last].outputs[0]
    assert sum(parameter.numel() for parameter in module.parameters()) == analysis.parameters
    assert f"Parameters: {analysis.parameters:,}\n" in source.text
    assert f"operations: {analysis.macs:,} per sample" in source.text
    modules = {name for name, _ in module.named_modules()}
    assert {place.module for place in source.places.values()} <= modules | {""}
    for name, spans in source.spans.items():
        assert spans, name
    return source


def classes(source: Source) -> list[str]:
    return [
        line.split("(")[0].removeprefix("class ")
        for line in source.text.split("\n")
        if line.startswith("class ")
    ]


def test_a_resnet_is_two_classes_and_the_network(tmp_path: Path) -> None:
    project = resnet(bottleneck(), (3, 4, 6, 3), True, "ResNet-50")
    source = verified(project, tmp_path)
    assert classes(source) == ["Downsample", "Residual", "ResNet50"]
    assert "Parameters: 25,557,032\n" in source.text
    assert "*(Residual(1024, width=256) for _ in range(5))," in source.text
    assert "Residual(512, width=256, stride=2, project=True)," in source.text
    assert "self.conv3 = nn.Conv2d(width, width * 4, kernel_size=1, bias=False)" in source.text


@pytest.mark.parametrize(
    ("name", "block", "repeats"),
    [
        ("resnet18", basic_block, (2, 2, 2, 2)),
        ("resnet50", bottleneck, (3, 4, 6, 3)),
        ("resnet152", bottleneck, (3, 8, 36, 3)),
    ],
)
def test_tensors_are_named_as_torchvision_names_them(
    name: str, block: object, repeats: tuple[int, int, int, int]
) -> None:
    if not REFERENCE.exists():
        pytest.skip("needs the list of torchvision's tensors")
    networks = json.loads(REFERENCE.read_text())
    if name not in networks:
        pytest.skip(f"the list has no {name}")
    wanted = networks[name]["state_dict"]
    source = write(resnet(block(), repeats, block is bottleneck, name))  # type: ignore[operator]
    assert {key: list(tensor.shape) for key, tensor in source.tensors.items()} == wanted


def test_a_chain_block_is_a_sequential_with_numbered_children(tmp_path: Path) -> None:
    block = Block(
        chain(("conv", layer("Conv2d", out_channels=4)), ("act", layer("ReLU"))).network()
    )
    source = verified(stack(block, Instance("Part"), Instance("Part")), tmp_path)
    assert "class Part(nn.Sequential):" in source.text
    assert source.text.count("class Part") == 1
    assert source.places["part1/conv"].module == "part1.0"
    assert "nn.Conv2d(in_channels, 4, kernel_size=3),  # 4 x 14 x 14" not in source.text
    assert list(source.tensors) == [
        "part0.0.weight",
        "part0.0.bias",
        "part1.0.weight",
        "part1.0.bias",
    ]


def test_a_comment_stands_where_it_is_true_for_every_instance(tmp_path: Path) -> None:
    block = Block(chain(("conv", layer("Conv2d", out_channels=4))).network())
    once = verified(stack(block, Instance("Part")), tmp_path)
    assert "kernel_size=3),  # 4 x 14 x 14" in once.text


def test_a_parameter_with_its_default_value_is_passed_on_all_the_same(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add("conv", layer("Conv2d"), "input", expressions=(("stride", "step"),))
    sketch.add("output", layer("Output"), "conv")
    block = Block(sketch.network(), (("step", 1),))
    source = verified(stack(block, Instance("Part"), Instance("Part", (("step", 2),))), tmp_path)
    assert classes(source) == ["Part", "Stack"]
    assert "stride=step" in source.text
    assert "Part(16, step=2)" in source.text


def test_sizes_that_differ_make_classes_that_differ(tmp_path: Path) -> None:
    block = Block(
        chain(
            ("conv", layer("Conv2d", out_channels="same")), ("norm", layer("LayerNorm"))
        ).network()
    )
    instances = [Instance("Part"), Instance("Part"), Instance("Part", repeat=2)]
    source = verified(stack(block, *instances), tmp_path)
    assert classes(source) == ["Part", "Part2", "Part3", "Part4", "Stack"]
    assert "nn.LayerNorm((in_channels, 14, 14))" in source.text


def test_flags_and_words_make_classes_of_their_own(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    given = (("bias", "biased"), ("padding_mode", "mode"), ("padding", "pad"))
    sketch.add("conv", layer("Conv2d"), "input", expressions=given)
    sketch.add("output", layer("Output"), "conv")
    block = Block(sketch.network(), (("biased", True), ("mode", "zeros"), ("pad", 1)))
    instances = [
        Instance("Part"),
        Instance("Part", (("biased", False), ("mode", "'reflect'"))),
        Instance("Part", (("pad", 2),)),
    ]
    source = verified(stack(block, *instances), tmp_path)
    assert classes(source) == ["Part", "Part2", "Stack"]


def test_reals_go_by_their_names(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add("drop", layer("Dropout"), "input", expressions=(("p", "rate / 2"),))
    sketch.add("output", layer("Output"), "drop")
    block = Block(sketch.network(), (("rate", 0.5),))
    source = verified(stack(block, Instance("Part"), Instance("Part", (("rate", 0.1),))), tmp_path)
    assert "def __init__(self, rate: float = 0.5)" in source.text
    assert "nn.Dropout(p=rate / 2)" in source.text
    assert build(source.text).part1[0].p == 0.05  # type: ignore[union-attr, index]


def test_a_condition_becomes_an_identity_where_it_is_false(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add("conv", layer("Conv2d", padding="same"), "input", when="depth > 1 and not plain")
    sketch.add("relu", layer("ReLU"), "conv")
    sketch.add("output", layer("Output"), "relu")
    block = Block(sketch.network(), (("depth", 1), ("plain", False)))
    instances = [Instance("Part"), Instance("Part", (("depth", 2),))]
    source = verified(stack(block, *instances), tmp_path)
    assert classes(source) == ["Part", "Stack"]
    assert "        if depth > 1 and (not plain):\n" in source.text
    assert "x = self.conv(x)\n" in source.text  # not the same shape in both
    assert "part0/conv" not in source.places
    assert source.places["part1/conv"].module == "part1.conv"


def test_a_condition_on_what_cannot_be_an_identity_makes_two_classes(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add("conv", layer("Conv2d", out_channels="same", padding="same"), "input")
    sketch.add("add", layer("Add"), "conv", "input", when="skip")
    sketch.add("output", layer("Output"), "add")
    block = Block(sketch.network(), (("skip", True),))
    instances = [Instance("Part"), Instance("Part", (("skip", False),))]
    source = verified(stack(block, *instances), tmp_path)
    assert classes(source) == ["Part", "Part2", "Stack"]
    assert source.text.count("+ input") == 1


def test_an_absent_node_that_would_not_fit_does_not_matter(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add("conv", layer("Conv2d", kernel_size=99), "input", when="huge")
    sketch.add("relu", layer("ReLU"), "conv")
    sketch.add("output", layer("Output"), "relu")
    block = Block(sketch.network(), (("huge", False),))
    source = verified(stack(block, Instance("Part")), tmp_path)
    assert "99" not in source.text


def test_blocks_nest_and_pass_their_arithmetic_on(tmp_path: Path) -> None:
    inner = Sketch()
    inner.add("input", layer("Input"))
    given = (("out_channels", "width"), ("groups", "groups"))
    inner.add("conv", layer("Conv2d", padding="same"), "input", expressions=given)
    inner.add("output", layer("Output"), "conv")
    outer = Sketch()
    outer.add("input", layer("Input"))
    grown = Instance("Inner", (("width", "size * factor"),))
    outer.add("grow", grown, "input")
    outer.add("work", Instance("Inner", (("width", "size * factor"), ("groups", "factor"))), "grow")
    again = Instance("Inner", (("width", "max(size, 4)"),), 3, (("width", "size + 2"),))
    outer.add("again", again, "work")
    outer.add("concat", layer("Concat"), "again", "work")
    outer.add("last", layer("Conv2d", out_channels=3), "concat")
    outer.add("output", layer("Output"), "last")
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 9, 9)))
    sketch.add("part0", Instance("Part", (("size", 4),), 2), "image")
    sketch.add("part1", Instance("Part", (("factor", 3),)), "part0")
    sketch.add("out", layer("Output"), "part1")
    project = sketch.project(
        "Stack",
        Part=Block(outer.network(), (("size", 6), ("factor", 2))),
        Inner=Block(inner.network(), (("width", 8), ("groups", 1))),
    )
    source = verified(project, tmp_path)
    assert classes(source) == ["Inner", "Part", "Stack"]
    assert "self.grow = Inner(in_channels, width=size * factor)" in source.text
    assert "self.work = Inner(size * factor, width=size * factor, groups=factor)" in source.text
    assert "self.last = nn.Conv2d(max(size, 4) + size * factor, 3, kernel_size=3)" in source.text
    assert source.places["part0/again/conv"].module == "part0.0.again.0.0"


def test_a_block_with_several_inputs_and_outputs(tmp_path: Path) -> None:
    block = Sketch()
    block.add("left", layer("Input"))
    block.add("right", layer("Input"))
    block.add("conv", layer("Conv2d", out_channels=5), "right")
    block.add("wide", layer("Concat"), "left", "right")
    block.add("both", layer("Output"), "wide")
    block.add("small", layer("Output"), "conv")
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 9, 9)))
    sketch.add("conv", layer("Conv2d", out_channels=2, padding="same"), "image")
    sketch.add("part", Instance("Part"), "conv", "image")
    sketch.add("relu", layer("ReLU"), ("part", 1))
    sketch.add("pool", layer("MaxPool2d"), ("part", 0))
    sketch.add("flat1", layer("Flatten"), "relu")
    sketch.add("flat2", layer("Flatten"), "pool")
    sketch.add("concat", layer("Concat"), "flat1", "flat2")
    sketch.add("out", layer("Output"), "concat")
    source = verified(sketch.project("Stack", Part=Block(block.network())), tmp_path)
    assert "self.part = Part(3)" in source.text or "right_channels=3" in source.text


def test_a_block_may_hand_indices_on(tmp_path: Path) -> None:
    block = Sketch()
    block.add("input", layer("Input"))
    block.add("indices", layer("Input"))
    block.add("relu", layer("ReLU"), "input")
    block.add("unpool", layer("MaxUnpool2d"), "relu", "indices")
    block.add("output", layer("Output"), "unpool")
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 9, 8)))
    sketch.add("pool", layer("MaxPool2d", return_indices=True), "image")
    sketch.add("part", Instance("Part"), "pool", ("pool", 1))
    sketch.add("out", layer("Output"), "part")
    verified(sketch.project("Stack", Part=Block(block.network())), tmp_path)


def test_parameters_with_hostile_names_stay_values(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    given = (("out_channels", "range * OrderedDict"),)
    sketch.add("conv", layer("Conv2d"), "input", expressions=given)
    sketch.add("output", layer("Output"), "conv")
    block = Block(sketch.network(), (("range", 2), ("OrderedDict", 3)), help='"""\nimport os')
    source = verified(stack(block, Instance("Part")), tmp_path)
    assert "nn.Conv2d(in_channels, 6, kernel_size=3)" in source.text
    assert "import os" not in source.text


def test_a_promoted_parameter_may_have_the_name_of_the_features(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add("dense", layer("Linear"), "input", expressions=(("out_features", "in_features"),))
    sketch.add("output", layer("Output"), "dense")
    block = Block(sketch.network(), (("in_features", 7),))
    source = verified(stack(block, Instance("Part"), shape=(5,)), tmp_path)
    assert "def __init__(self, in_features_: int, in_features: int = 7)" in source.text


def test_in_channels_are_those_that_reach_the_first_input_of_each_instance(tmp_path: Path) -> None:
    block = chain(("conv", layer("Conv2d", padding="same")), ("act", layer("ReLU"))).network()
    grown = replace(block.nodes["conv"], expressions=(("out_channels", "in_channels * 2"),))
    block = Block(replace(block, nodes={**block.nodes, "conv": grown}))
    source = verified(stack(block, Instance("Part"), Instance("Part", repeat=2)), tmp_path)
    assert classes(source) == ["Part", "Stack"]
    assert "nn.Conv2d(in_channels, in_channels * 2, kernel_size=3" in source.text
    shapes = [tensor.shape[:2] for name, tensor in source.tensors.items() if "weight" in name]
    assert shapes == [(6, 3), (12, 6), (24, 12)]


def test_a_vectors_features_are_in_channels_too(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    grown = (("out_features", "max(in_channels // 2, 1)"),)
    sketch.add("dense", layer("Linear"), "input", expressions=grown)
    sketch.add("output", layer("Output"), "dense")
    parts = [Instance("Part"), Instance("Part")]
    source = verified(stack(Block(sketch.network()), *parts, shape=(8,)), tmp_path)
    assert "nn.Linear(in_features, max(in_features // 2, 1))" in source.text
    assert source.tensors["part1.0.weight"].shape == (2, 4)


def test_a_projection_is_there_when_the_channels_differ(tmp_path: Path) -> None:
    block = bottleneck()
    changed = "stride > 1 or in_channels != width * 4"
    shortcut = replace(block.network.nodes["downsample"], when=changed)
    network = replace(block.network, nodes={**block.network.nodes, "downsample": shortcut})
    block = Block(network, (("width", 64), ("stride", 1)))
    project = resnet(block, (3, 4, 6, 3), True, "ResNet-50")
    nodes = dict(project.network.nodes)
    for name, node in nodes.items():
        if isinstance(node.content, Instance):
            first = tuple(pair for pair in node.content.first if pair[0] != "project")
            nodes[name] = replace(node, content=replace(node.content, first=first))
    project = replace(project, network=replace(project.network, nodes=nodes))
    source = verified(project, tmp_path)
    assert classes(source) == ["Downsample", "Residual", "ResNet50"]
    assert "        if stride > 1 or in_channels != width * 4:\n" in source.text
    assert "Residual(512, width=256, stride=2)," in source.text
    assert (
        source.tensors.keys() == write(resnet(bottleneck(), (3, 4, 6, 3), True, "R")).tensors.keys()
    )


def test_long_lines_are_broken(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    name = "a_really_rather_long_name_of_a_parameter"
    given = (("out_channels", f"{name} + {name} * 2 + 1"), ("kernel_size", f"min({name}, 3)"))
    long = "a_convolution_with_a_name_that_is_nearly_as_long_as_it_may_be_ok"
    when = f"{name} > 1 and {name} < 100 and {name} != 17 or {name} == 99"
    sketch.add(long, layer("Conv2d"), "input", expressions=given)
    sketch.add("relu", layer("ReLU"), long, when=when)
    sketch.add("output", layer("Output"), "relu")
    block = Block(sketch.network(), ((name, 4),))
    source = verified(stack(block, Instance("Part")), tmp_path)
    assert max(map(len, source.text.split("\n"))) <= 100


def test_a_block_that_contains_itself_is_refused() -> None:
    block = Block(chain(("again", Instance("Part"))).network())
    with pytest.raises(CodegenError, match="contains itself"):
        write(stack(block, Instance("Part")))


def test_a_layer_that_looks_at_a_value_is_written_for_that_value(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    given = (("num_parameters", "slopes"), ("init", "start"))
    sketch.add("act", layer("PReLU"), "input", expressions=given)
    sketch.add("output", layer("Output"), "act")
    block = Block(sketch.network(), (("slopes", 1), ("start", 0.5)))
    source = verified(stack(block, Instance("Part"), Instance("Part", (("start", 0.1),))), tmp_path)
    assert source.tensors["part0.0.weight"].shape == (1,)
    assert build(source.text).part1[0].weight.item() == pytest.approx(0.1)  # type: ignore[union-attr, index]


@pytest.mark.parametrize("kind", list(catalogue.kinds()))
def test_every_layer_can_stand_in_a_block(kind: str, tmp_path: Path) -> None:
    for example in catalogue.kinds()[kind].examples():
        if kind in ("Input", "Output", "MaxUnpool2d"):
            continue
        names = [f"in{number}" for number in range(len(example.shapes))]
        block = Sketch()
        for name in names:
            block.add(name, layer("Input"))
        numbers = {
            name: value
            for name, value in example.layer.values.items()
            if isinstance(value, (int, float)) and not isinstance(value, bool)
        }
        given = tuple((name, name) for name in numbers)
        block.add("node", example.layer, *names, expressions=given)
        block.add("out", layer("Output"), "node")
        sketch = Sketch()
        inputs = [
            sketch.add(f"image{number}", layer("Input", shape=tuple(shape)))
            for number, shape in enumerate(example.shapes)
        ]
        sketch.add("part", Instance("Part"), *inputs)
        sketch.add("out", layer("Output"), "part")
        source = write(sketch.project("Stack", Part=Block(block.network(), tuple(numbers.items()))))
        check(source.text)
        with torch.device("meta"):
            module = build(source.text).eval()
            result = module(*(torch.zeros(2, *shape) for shape in example.shapes))
        assert {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()} == {
            name: tensor.shape for name, tensor in source.tensors.items()
        }
        result = result[0] if isinstance(result, tuple) else result
        assert tuple(result.shape[1:]) == tuple(example.layer.outputs(*example.shapes)[0])
