"""Which names and which order modules, tensors and variables get from a drawing."""

from __future__ import annotations

import pytest

from engine.codegen import write
from engine.network import storage
from engine.network.errors import StorageError
from engine.network.network import Block, Instance
from engine.network.project import Project
from engine.training.build import build
from tests.engine.codegen.networks import Sketch, layer
from tests.engine.codegen.test_write import forward_of


def with_side_heads() -> Sketch:
    """A chain with two side heads, drawn behind its middle; each head ends in an Output of its own."""
    sketch = Sketch()
    last = sketch.add("image", layer("Input", shape=(3, 8, 8)))
    for name in ("a", "b", "c"):
        last = sketch.add(name, layer("Conv2d", out_channels=3, padding="same"), last)
    sketch.add("side1", layer("Conv2d"), "a")
    sketch.add("side2", layer("Conv2d"), "b")
    sketch.add("end", layer("Conv2d"), "c")
    sketch.add("main_out", layer("Output"), "end")
    sketch.add("out1", layer("Output"), "side1")
    sketch.add("out2", layer("Output"), "side2")
    return sketch


def test_modules_and_tensors_are_made_in_the_order_of_drawing() -> None:
    source = write(with_side_heads().project())
    names = [name.removesuffix(".weight") for name in source.tensors if name.endswith("weight")]
    assert names == ["a", "b", "c", "side1", "side2", "end"]
    assert list(build(source.text).state_dict()) == list(source.tensors)


def test_what_feeds_a_node_is_made_before_it_whatever_was_drawn_first() -> None:
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 8, 8)))
    sketch.add("late", layer("Conv2d"), "early")
    sketch.add("early", layer("Conv2d"), "image")
    sketch.add("join", layer("Add"), "late", "late")
    sketch.add("out", layer("Output"), "join")
    names = [name for name in write(sketch.project()).tensors if name.endswith("weight")]
    assert names == ["early.weight", "late.weight"]


def test_the_main_path_comes_first_then_the_heads_and_each_result_has_its_name() -> None:
    assert forward_of(write(with_side_heads().project())) == [
        "a = self.a(x)",
        "b = self.b(a)",
        "x = self.c(b)",
        "end = self.end(x)",
        "side1 = self.side1(a)",
        "side2 = self.side2(b)",
        "return end, side1, side2",
    ]


def unit() -> Sketch:
    sketch = Sketch()
    sketch.add("input", layer("Input", shape=(3, 8, 8)))
    sketch.chain(
        "input",
        ("conv", layer("Conv2d", padding="same", bias=False)),
        ("norm", layer("BatchNorm2d")),
        ("output", layer("Output")),
    )
    return sketch


def of_units(named: bool) -> Project:
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 8, 8)))
    sketch.chain("image", ("one", Instance("Unit")), ("two", Instance("Unit")))
    sketch.add("out", layer("Output"), "two")
    return sketch.project(Unit=Block(unit().network(), named=named))


def test_a_chains_children_are_numbered_or_have_the_names_of_their_nodes() -> None:
    tensors = {named: list(write(of_units(named)).tensors)[:2] for named in (False, True)}
    assert tensors == {
        False: ["one.0.weight", "one.1.weight"],
        True: ["one.conv.weight", "one.norm.weight"],
    }
    text = write(of_units(True)).text
    assert text.count("class Unit(nn.Sequential):") == 1
    assert "from collections import OrderedDict\n" in text
    assert list(build(text).state_dict()) == list(write(of_units(True)).tensors)


def test_a_named_chain_is_kept_in_the_file() -> None:
    text = storage.dumps(of_units(True))
    assert storage.loads(text).network.blocks["Unit"].named
    assert '"named"' not in storage.dumps(of_units(False))
    with pytest.raises(StorageError, match=r"blocks\.Unit\.named must be true or false, not 'yes'"):
        storage.loads(text.replace('"named": true', '"named": "yes"'))


def test_a_blocks_outputs_are_variables_named_after_its_output_nodes() -> None:
    inner = Sketch()
    inner.add("input", layer("Input", shape=(3, 8, 8)))
    inner.add("pool", layer("MaxPool2d", return_indices=True), "input")
    inner.add("values", layer("Output"), "pool")
    inner.add("indices", layer("Output"), ("pool", 1))
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 8, 8)))
    sketch.add("shrink", Instance("Shrink"), "image")
    sketch.add("relu", layer("ReLU"), "shrink")
    sketch.add("unpool", layer("MaxUnpool2d"), "relu", ("shrink", 1))
    sketch.add("out", layer("Output"), "unpool")
    source = write(sketch.project(Shrink=Block(inner.network())))
    assert forward_of(source) == [
        "x, indices = self.shrink(x)",
        "x = self.relu(x)",
        "x = self.unpool(x, indices)",
        "return x",
    ]


def test_a_parameters_name_does_not_reach_a_layer_with_the_same_numbers() -> None:
    block = Sketch()
    block.add("input", layer("Input", shape=(3, 31, 31)))
    block.add(
        "pool", layer("AvgPool2d", kernel_size=5), "input", expressions=(("kernel_size", "k"),)
    )
    block.add("output", layer("Output"), "pool")
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 31, 31)))
    sketch.chain("image", ("inside", Instance("Pool")), ("out", layer("Output")))
    write(sketch.project(Pool=Block(block.network(), (("k", 5),))))
    plain = Sketch()
    plain.add("image", layer("Input", shape=(3, 31, 31)))
    plain.chain("image", ("pool", layer("AvgPool2d", kernel_size=5)), ("out", layer("Output")))
    assert "kernel_size=5),  # 3 x 6 x 6" in write(plain.project()).text
