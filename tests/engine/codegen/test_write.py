"""The text of whole networks: style, names, spans and places."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from engine.analysis import analyse
from engine.codegen import CodegenError, Preparation, Source, write
from engine.codegen.guard import check
from engine.network.network import Network
from engine.network.project import Project
from engine.training.build import build
from tests.engine.codegen.networks import Sketch, bottleneck, layer, lenet5, resnet

GOLDEN = Path(__file__).with_name("lenet5.py.txt")


def ruff_complaints(text: str, folder: Path) -> str:
    """What ruff says about the text, and whatever else is in the folder."""
    file = folder / "network.py"
    file.write_text(text, encoding="utf-8")
    said: list[str] = []
    for command in (["format", "--diff"], ["check"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        said += [result.stdout + result.stderr] if result.returncode else []
    return "\n".join(said)


def forward_of(source: Source) -> list[str]:
    """The statements of the network's own `forward`, without their comments."""
    lines = source.text.split(f"class {source.class_name}(")[1].split("def forward")[1].split("\n")
    body = lines[1 : lines.index("")]
    return [line.split("  #")[0].strip() for line in body]


def residual() -> Sketch:
    sketch = Sketch()
    sketch.chain(
        sketch.add("image", layer("Input", shape=(3, 8, 8))),
        ("conv1", layer("Conv2d", out_channels=4)),
        ("relu1", layer("ReLU")),
        ("conv2", layer("Conv2d", out_channels=4, padding="same")),
        ("norm", layer("BatchNorm2d")),
    )
    sketch.add("add", layer("Add"), "norm", "relu1")
    sketch.chain("add", ("flatten", layer("Flatten")), ("scores", layer("Output")))
    return sketch


def test_lenet5_is_written_as_a_good_engineer_would() -> None:
    assert write(lenet5()).text == GOLDEN.read_text(encoding="utf-8")


def test_the_text_is_as_ruff_leaves_it(tmp_path: Path) -> None:
    for project in (lenet5(), residual().project(), resnet(bottleneck(), (1, 2, 3, 2), True, "R")):
        assert ruff_complaints(write(project).text, tmp_path) == ""


def test_a_skip_connection_is_a_variable_named_after_what_it_holds() -> None:
    assert forward_of(write(residual().project())) == [
        "x = self.conv1(x)",
        "relu1 = self.relu1(x)",
        "x = self.conv2(relu1)",
        "x = self.norm(x)",
        "x = x + relu1",
        "x = self.flatten(x)",
        "return x",
    ]


def test_branches_are_followed_one_after_the_other() -> None:
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 8, 8)))
    sketch.add("a1", layer("Conv2d"), "image")
    sketch.add("b1", layer("Conv2d"), "image")
    sketch.add("a2", layer("ReLU"), "a1")
    sketch.add("b2", layer("ReLU"), "b1")
    sketch.add("concat", layer("Concat"), "a2", "b2")
    sketch.add("scores", layer("Output"), "concat")
    assert forward_of(write(sketch.project())) == [
        "x = self.a1(image)",
        "a2 = self.a2(x)",
        "x = self.b1(image)",
        "x = self.b2(x)",
        "x = torch.cat([a2, x], dim=1)",
        "return x",
    ]


def test_a_pooling_with_indices_is_unpacked() -> None:
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 9, 8)))
    sketch.add("pool", layer("MaxPool2d", return_indices=True), "image")
    sketch.add("relu", layer("ReLU"), "pool")
    sketch.add("unpool", layer("MaxUnpool2d"), "relu", ("pool", 1))
    sketch.add("scores", layer("Output"), "unpool")
    source = write(sketch.project())
    assert forward_of(source) == [
        "x, indices = self.pool(x)",
        "x = self.relu(x)",
        "x = self.unpool(x, indices, output_size=(9, 8))",
        "return x",
    ]
    assert build(source.text)(torch.zeros(2, 3, 9, 8)).shape == (2, 3, 9, 8)


def test_several_inputs_and_outputs_are_arguments_and_a_tuple() -> None:
    sketch = Sketch()
    sketch.add("left", layer("Input", shape=(3, 4, 4)))
    sketch.add("right", layer("Input", shape=(3, 4, 4)))
    sketch.add("add", layer("Add"), "left", "right")
    sketch.add("relu", layer("ReLU"), "add")
    sketch.add("sum", layer("Output"), "add")
    sketch.add("positive", layer("Output"), "relu")
    source = write(sketch.project())
    assert "forward(self, left: torch.Tensor, right: torch.Tensor) -> tuple[" in source.text
    assert forward_of(source) == [
        "add = left + right",
        "relu = self.relu(add)",
        "return add, relu",
    ]
    total, positive = build(source.text)(-torch.ones(1, 3, 4, 4), torch.zeros(1, 3, 4, 4))
    assert float(total.max()) == -1
    assert float(positive.max()) == 0


def test_what_leads_to_no_output_is_left_out() -> None:
    sketch = residual()
    sketch.add("idle", layer("Conv2d"), "relu1")
    source = write(sketch.project())
    assert "idle" not in source.text
    assert "idle" not in source.places


def test_a_helper_class_is_defined_once(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.chain(
        sketch.add("image", layer("Input", shape=(3, 12, 12))),
        ("local1", layer("LocallyConnected2d", out_channels=4, stride=2)),
        ("local2", layer("LocallyConnected2d", out_channels=4)),
        ("scores", layer("Output")),
    )
    source = write(sketch.project("LocallyConnected2d"))
    assert source.text.count("class LocallyConnected2d(") == 1
    assert source.class_name == "LocallyConnected2d2"
    assert ruff_complaints(source.text, tmp_path) == ""
    assert build(source.text)(torch.zeros(1, 3, 12, 12)).shape == (1, 4, 3, 3)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("LeNet-5", "LeNet5"),
        ("my first net", "MyFirstNet"),
        ("Réseau über alles", "ReseauUberAlles"),
        ("3D", "Network3D"),
        ("", "Network"),
        ("猫", "Network"),
        ("none", "None2"),
        ("torch", "Torch"),
        ("OrderedDict", "OrderedDict2"),
        ("Exception", "Exception2"),
        ('x"""\nimport os', "XImportOs"),
    ],
)
def test_a_title_becomes_the_name_of_a_class(title: str, name: str) -> None:
    source = write(Project(name=title, network=lenet5().network))
    assert source.class_name == name
    check(source.text)
    assert type(build(source.text)).__name__ == name


def test_free_text_does_not_reach_the_source() -> None:
    sketch = residual()
    node = sketch.nodes["conv1"]
    sketch.nodes["conv1"] = type(node)(node.content, title='"""\nimport os; os.abort()')
    assert "abort" not in write(sketch.project('"""; import os; os.abort()')).text.lower().replace(
        "importososabort", ""
    )


def test_names_that_python_needs_are_given_another_form() -> None:
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 8, 8)))
    sketch.add("x", layer("Conv2d", out_channels=3, padding="same"), "image")
    sketch.add("F", layer("Conv2d", out_channels=3, padding="same"), "image")
    sketch.add("print", layer("Add"), "x", "F")
    sketch.add("sum", layer("Multiply"), "print", "x", "F")
    sketch.add("scores", layer("Output"), "sum")
    source = write(sketch.project())
    check(source.text)
    assert build(source.text)(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 8, 8)
    assert source.places["x"].variable == "x_"


def test_a_name_that_is_no_name_is_refused() -> None:
    sketch = Sketch()
    sketch.chain(
        sketch.add("image", layer("Input")), ("__class__", layer("ReLU")), ("out", layer("Output"))
    )
    with pytest.raises(CodegenError, match="__class__"):
        write(sketch.project())


def test_a_broken_network_is_refused_with_the_first_problem() -> None:
    sketch = Sketch()
    sketch.add("image", layer("Input", shape=(3, 8, 8)))
    sketch.add("dense", layer("Linear"), "image")
    sketch.add("scores", layer("Output"), "dense")
    project = sketch.project()
    with pytest.raises(CodegenError) as caught:
        write(project)
    assert str(caught.value) == analyse(project).problems[0].message
    with pytest.raises(CodegenError):
        write(Project(network=Network()))


def test_a_node_named_as_a_method_of_sequential_is_an_attribute() -> None:
    sketch = Sketch()
    sketch.chain(
        sketch.add("image", layer("Input")), ("append", layer("ReLU")), ("out", layer("Output"))
    )
    source = write(sketch.project())
    assert source.places["append"].module == "append"
    build(source.text)


def test_lines_belong_to_their_nodes_both_ways() -> None:
    source = write(residual().project())
    lines = source.text.split("\n")
    for name, spans in source.spans.items():
        assert spans
        for span in spans:
            assert all(source.node_at(line) == name for line in range(span.first, span.last + 1))
    conv = source.spans["conv2"]
    assert [lines[span.first - 1].strip().split("  #")[0] for span in conv] == [
        'self.conv2 = nn.Conv2d(4, 4, kernel_size=3, padding="same")',
        "x = self.conv2(relu1)",
    ]
    assert source.node_at(1) is None
    assert source.node_at(10**6) is None
    assert "def forward" in lines[source.spans["image"][0].first - 1]
    assert "return" in lines[source.spans["scores"][0].first - 1]


def test_tensors_are_those_of_the_module_in_its_order() -> None:
    for project in (lenet5(), residual().project(), resnet(bottleneck(), (1, 2, 3, 2), True, "R")):
        source = write(project)
        with torch.device("meta"):
            state = build(source.text).state_dict()
        assert [(name, tuple(tensor.shape)) for name, tensor in state.items()] == [
            (name, tensor.shape) for name, tensor in source.tensors.items()
        ]


def test_the_text_runs_where_there_is_only_torch(tmp_path: Path) -> None:
    file = tmp_path / "exported.py"
    file.write_text(write(lenet5()).text, encoding="utf-8")
    code = (
        "import sys, torch, exported\n"
        "network = exported.build()\n"
        "assert network(torch.zeros(2, 1, 32, 32)).shape == (2, 10)\n"
        "assert not {'engine', 'PySide6', 'designer'} & set(sys.modules)\n"
        "print(sum(p.numel() for p in network.parameters()))\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "61706"


def test_writing_needs_no_torch() -> None:
    code = "import engine.codegen, engine.codegen.guard, engine.interop.export, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_a_run_leaves_how_images_are_prepared(tmp_path: Path) -> None:
    names = ("cat", 'a "b"', "it's", "naïve\n\\", "‮猫" * 30)
    preparation = Preparation((0.1307,), (0.3081,), names)
    source = write(lenet5(), preparation=preparation)
    check(source.text)
    assert source.text.isascii()
    assert ruff_complaints(source.text, tmp_path) == ""
    space: dict[str, object] = {"__name__": "exported"}
    exec(source.text, space)
    assert (space["MEAN"], space["STD"], space["CLASSES"]) == ((0.1307,), (0.3081,), names)


def test_five_hundred_nodes_are_written_while_one_types() -> None:
    sketch = Sketch()
    last = sketch.add("image", layer("Input", shape=(8, 16, 16)))
    for number in range(130):
        before = last
        last = sketch.add(
            f"conv{number}", layer("Conv2d", out_channels=8, kernel_size=3, padding=1), last
        )
        last = sketch.add(f"norm{number}", layer("BatchNorm2d"), last)
        last = sketch.add(f"add{number}", layer("Add"), last, before)
        last = sketch.add(f"relu{number}", layer("ReLU"), last)
    sketch.add("scores", layer("Output"), last)
    project = sketch.project()
    times: list[float] = []
    for _ in range(5):
        start = time.process_time()
        source = write(project)
        times.append(time.process_time() - start)
    assert len(source.spans) == 522
    assert min(times) < 0.05
