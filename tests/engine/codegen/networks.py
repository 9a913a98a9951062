"""Networks that several tests write: chains, branches and residual networks out of blocks."""

from __future__ import annotations

from engine.layers import catalogue
from engine.layers.base import Layer
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project

layer = catalogue.layer


class Sketch:
    """A network drawn node by node, each linked to what feeds it: `"pool"` or `("pool", 1)`."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.links: set[Link] = set()

    def add(
        self, name: str, content: Layer | Instance, *feeds: str | tuple[str, int], **node: object
    ) -> str:
        self.nodes[name] = Node(content, **node)
        for number, feed in enumerate(feeds):
            source, output = (feed, 0) if isinstance(feed, str) else feed
            self.links.add(Link(source, name, output, number))
        return name

    def chain(self, feed: str, *items: tuple[str, Layer | Instance]) -> str:
        for name, content in items:
            feed = self.add(name, content, feed)
        return feed

    def network(self, **blocks: Block) -> Network:
        return Network(self.nodes, frozenset(self.links), blocks)

    def project(self, name: str = "Sketch", **blocks: Block) -> Project:
        return Project(name=name, network=self.network(**blocks))


def lenet5() -> Project:
    sketch = Sketch()
    sketch.chain(
        sketch.add("image", layer("Input", shape=(1, 32, 32))),
        ("conv1", layer("Conv2d", out_channels=6, kernel_size=5)),
        ("tanh1", layer("Tanh")),
        ("pool1", layer("AvgPool2d", kernel_size=2)),
        ("conv2", layer("Conv2d", out_channels=16, kernel_size=5)),
        ("tanh2", layer("Tanh")),
        ("pool2", layer("AvgPool2d", kernel_size=2)),
        ("conv3", layer("Conv2d", out_channels=120, kernel_size=5)),
        ("tanh3", layer("Tanh")),
        ("flatten", layer("Flatten")),
        ("dense1", layer("Linear", out_features=84)),
        ("tanh4", layer("Tanh")),
        ("dense2", layer("Linear", out_features=10)),
        ("scores", layer("Output")),
    )
    return sketch.project("LeNet-5")


def convolution(width: int = 64, kernel: int = 3, stride: int = 1) -> Layer:
    padding = kernel // 2
    return layer(
        "Conv2d", out_channels=width, kernel_size=kernel, stride=stride, padding=padding, bias=False
    )


def downsample() -> Block:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    sketch.add(
        "conv",
        convolution(kernel=1),
        "input",
        expressions=(("out_channels", "width"), ("stride", "stride")),
    )
    sketch.add("norm", layer("BatchNorm2d"), "conv")
    sketch.add("output", layer("Output"), "norm")
    return Block(sketch.network(), (("width", 64), ("stride", 1)))


def _residual(sketch: Sketch, last: str, width: str) -> Block:
    shortcut = Instance("Downsample", (("width", width), ("stride", "stride")))
    sketch.add("downsample", shortcut, "input", when="project")
    sketch.add("add", layer("Add"), last, "downsample")
    sketch.add("output", layer("Output"), sketch.add("relu", layer("ReLU"), "add"))
    return Block(sketch.network(), (("width", 64), ("stride", 1), ("project", False)))


def basic_block() -> Block:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    width = (("out_channels", "width"),)
    sketch.add("conv1", convolution(), "input", expressions=(*width, ("stride", "stride")))
    sketch.chain("conv1", ("bn1", layer("BatchNorm2d")), ("relu1", layer("ReLU")))
    sketch.add("conv2", convolution(), "relu1", expressions=width)
    return _residual(sketch, sketch.add("bn2", layer("BatchNorm2d"), "conv2"), "width")


def bottleneck() -> Block:
    sketch = Sketch()
    sketch.add("input", layer("Input"))
    width = (("out_channels", "width"),)
    sketch.add("conv1", convolution(kernel=1), "input", expressions=width)
    sketch.chain("conv1", ("bn1", layer("BatchNorm2d")), ("relu1", layer("ReLU")))
    sketch.add("conv2", convolution(), "relu1", expressions=(*width, ("stride", "stride")))
    sketch.chain("conv2", ("bn2", layer("BatchNorm2d")), ("relu2", layer("ReLU")))
    wide = (("out_channels", "width * 4"),)
    sketch.add("conv3", convolution(kernel=1), "relu2", expressions=wide)
    return _residual(sketch, sketch.add("bn3", layer("BatchNorm2d"), "conv3"), "width * 4")


def resnet(block: Block, repeats: tuple[int, int, int, int], wide: bool, name: str) -> Project:
    sketch = Sketch()
    last = sketch.chain(
        sketch.add("image", layer("Input", shape=(3, 224, 224))),
        (
            "conv1",
            layer("Conv2d", out_channels=64, kernel_size=7, stride=2, padding=3, bias=False),
        ),
        ("bn1", layer("BatchNorm2d")),
        ("relu", layer("ReLU")),
        ("maxpool", layer("MaxPool2d", kernel_size=3, stride=2, padding=1)),
    )
    for number, repeat in enumerate(repeats):
        first: tuple[tuple[str, str | bool | int], ...] = ()
        if number:
            first = (("stride", 2), ("project", True))
        elif wide:
            first = (("project", True),)
        stage = Instance("Residual", (("width", 64 * 2**number),), repeat, first)
        last = sketch.add(f"layer{number + 1}", stage, last)
    sketch.chain(
        last,
        ("avgpool", layer("AdaptiveAvgPool2d", output_size=1)),
        ("flatten", layer("Flatten")),
        ("fc", layer("Linear", out_features=1000)),
        ("scores", layer("Output")),
    )
    return sketch.project(name, Residual=block, Downsample=downsample())
