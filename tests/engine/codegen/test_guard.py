"""Nothing but modules gets through the guard, and what the writer writes does."""

from __future__ import annotations

import linecache
import subprocess
import sys
import traceback

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.codegen import write
from engine.codegen.guard import GuardError, check, compile_source, register
from engine.layers import catalogue
from engine.network.project import Project
from engine.training.build import build
from tests.engine.codegen.networks import Sketch, lenet5

TEMPLATE = """\
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, kernel_size=3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        {line}
        return x


def build() -> Network:
    return Network()
"""


def with_line(line: str) -> str:
    return TEMPLATE.format(line=line)


def test_the_template_itself_is_let_through() -> None:
    check(with_line("x = torch.cat([self.conv(x), x.reshape(-1, 3)], dim=1)"))


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from torch import hub",
        "eval('1')",
        "exec('1')",
        "open('x')",
        "__import__('os')",
        "getattr(self, 'conv')",
        "print(x)",
        "x = x.__class__",
        "x = self.__dict__",
        "x = ().__class__.__bases__",
        "torch.load('x')",
        "torch.save(x, 'x')",
        "torch.hub.load('a', 'b')",
        "torch.ops.load_library('x')",
        "nn.functional.torch.load('x')",
        "x = nn.functional.torch",
        "nn.init.torch.load('x')",
        "nn.modules.module.torch.load('x')",
        "nn.init.uniform_.__globals__['os'].system('x')",
        "x.numpy().tofile('x')",
        "x = lambda: 1",
        "x = f'{x}'",
        "x = (y := x)",
        "global x",
        "del x",
        "raise x",
        "assert x",
        "x += 1",
        "torch = nn",
        "self = torch",
        "nn = torch",
        "for nn in (torch,): x = x",
        "x = [torch for torch in (1,)]",
        "x = max = min",
        "while True: x = x",
        "with x: x = x",
        "try:\n            x = x\n        except: x = x",
        "def inner(self=torch): return 1",
        "x = x()",
        "x = self.conv(x)(x)",
        "x = {**x}",
        "x = super().forward",
        "x = super(Network, self).__init__",
        "x = breakpoint",
        "x = __builtins__",
        "x = _private",
        "yield x",
        "x = self._parameters",
    ],
)
def test_a_line_that_reaches_further_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(GuardError) as caught:
        check(with_line(line))
    assert 11 <= caught.value.line <= 13


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "import torch as os\n",
        "from torch import *\n",
        "from torch import nn as torch\n",
        "x = 1\n",
        "MEAN = build()\n",
        "CLASSES = (open,)\n",
        "torch.load('x')\n",
        "@build\nclass A(nn.Module):\n    pass\n",
        "class A(nn.Module):\n    x = torch.load('x')\n",
        "class A(torch.load('x')):\n    pass\n",
        "class A(nn.Module, metaclass=B):\n    '''x'''\n",
        "class torch(nn.Module):\n    '''x'''\n",
        "class A(nn.Module):\n    def f(self=torch):\n        return self.load('x')\n",
        "class A(nn.Module):\n    def f(x, self):\n        return self.load('x')\n",
        "class A(nn.Module):\n    def f(self, *x):\n        return x\n",
        "class A(nn.Module):\n    def __reduce__(self):\n        return x\n",
        "class A(nn.Module):\n    def f(self) -> torch.load('x'):\n        return self\n",
        "class A(nn.Module):\n    def f(self, x: torch.load('x') = 1):\n        return self\n",
        "def build(x=torch):\n    return x\n",
        "def other():\n    return 1\n",
        "async def build():\n    return 1\n",
        "if True:\n    pass\n",
        "'''x''' + 1\n",
        "not python\n",
        "x\x00\n",
        "# naïve\n",
        "# a\rimport os\n",
        "(" * 5000 + ")" * 5000,
    ],
)
def test_a_file_that_holds_anything_else_is_refused(text: str) -> None:
    with pytest.raises(GuardError):
        check(text)


def test_a_layers_own_helper_class_is_let_through_to_the_letter_only() -> None:
    helpers = [kind.definition for kind in catalogue.kinds().values() if kind.definition]
    assert helpers
    for helper in helpers:
        check(f"import torch\nfrom torch import nn\n\n\n{helper}")
        with pytest.raises(GuardError):
            check(f"@evil\n{helper}")
        with pytest.raises(GuardError):
            check(helper.replace("super().__init__()", "super().__init__(); eval('1')"))


@pytest.mark.parametrize("kind", list(catalogue.kinds()))
def test_every_layer_gets_through(kind: str) -> None:
    for example in catalogue.kinds()[kind].examples():
        if kind in ("Input", "Output", "MaxUnpool2d"):
            continue
        sketch = Sketch()
        shapes = enumerate(example.shapes)
        inputs = [
            sketch.add(f"input{n}", catalogue.layer("Input", shape=tuple(s))) for n, s in shapes
        ]
        sketch.add("node", example.layer, *inputs)
        sketch.add("out", catalogue.layer("Output"), "node")
        check(write(sketch.project()).text)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_no_title_gets_anything_into_the_source(title: str) -> None:
    text = write(Project(name=title, network=lenet5().network)).text
    check(text)
    assert len(text) < len(write(lenet5()).text) + 500


def test_a_traceback_shows_the_generated_line() -> None:
    text = write(lenet5()).text
    module = build(text, "LeNet5")
    try:
        module(torch.zeros(1, 7, 32, 32))
    except RuntimeError:
        told = traceback.format_exc()
    else:
        pytest.fail("seven channels were accepted")
    assert "x = self.features(x)" in told
    filename = register(text, "LeNet5")
    assert filename in told
    linecache.checkcache()
    assert linecache.getline(filename, 1).startswith('"""LeNet5')


def test_the_guard_refuses_before_anything_runs() -> None:
    with pytest.raises(GuardError):
        compile_source("import os\nos.abort()\n")


def test_the_guard_needs_no_torch() -> None:
    code = "import engine.codegen.guard, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
