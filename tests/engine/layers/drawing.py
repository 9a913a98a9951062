"""Random layers and input shapes, drawn from the layers' own declarations.

Each parameter and each shape is one draw from a short list in which likely values stand often: that
is several times as quick as drawing numbers, and shrinks to the first of the list.
"""

from __future__ import annotations

from functools import cache, singledispatch
from itertools import product
from math import prod

from hypothesis import assume
from hypothesis import strategies as st

from engine.fields import Choice, Field, Flag, Integer, Integers, Pair, Real, Value, specs
from engine.layers.base import Indices, Layer, Shape, ShapeError
from engine.layers.catalogue import kinds
from engine.layers.shapes import pair


@singledispatch
def held(spec: Field) -> list[Value]:
    """Values that a field holds, mostly small ones."""
    raise NotImplementedError(spec)


@held.register
def _(spec: Flag) -> list[Value]:
    return [False, True]


@held.register
def _(spec: Integer) -> list[Value]:
    low = max(spec.low, -3)
    near, far = (range(low, min(spec.high, low + reach) + 1) for reach in (3, 11))
    return [*near, *near, *far, *spec.words * 3]


@held.register
def _(spec: Pair) -> list[Value]:
    near = range(spec.low, spec.low + 4)
    return [*held.dispatch(Integer)(spec), *product(near, near), (spec.low + 6, spec.low + 1)]


@held.register
def _(spec: Integers) -> list[Value]:
    sizes = range(spec.low, spec.low + 6)
    lengths = range(spec.shortest, min(spec.longest, 3) + 1)
    return [shape for length in lengths for shape in product(sizes, repeat=length)]


@held.register
def _(spec: Real) -> list[Value]:
    ends = max(spec.low, -100.0), min(spec.high, 100.0)
    return [*ends, *(ends[0] + (ends[1] - ends[0]) * part for part in (0.001, 0.1, 0.5, 0.77))]


@held.register
def _(spec: Choice) -> list[Value]:
    return list(spec.options)


@cache
def layers(kind: type[Layer]) -> st.SearchStrategy[Layer]:
    """Layers of one kind; each parameter is its default about two times of three."""

    def values(name: str, spec: Field) -> st.SearchStrategy[Value]:
        drawn = [*held(spec), *([None] * 3 if spec.none else [])]
        return st.sampled_from([kind.default(name)] * 2 * len(drawn) + drawn)

    fields = {name: values(name, spec) for name, spec in specs(kind).items()}
    return st.fixed_dictionaries(fields).map(lambda drawn: kind(**drawn))


CHANNELS = (1, 2, 3, 4, 6, 8, 12)
SIZES = range(1, 15)
RANKS: dict[int, list[Shape]] = {
    1: [(size,) for size in range(1, 25)],
    2: list(product(SIZES, SIZES)),
    3: list(product(CHANNELS, SIZES, SIZES)),
}
SHAPES = {rank: st.sampled_from(shapes) for rank, shapes in RANKS.items()}
ANY = st.sampled_from([1, 2, 3]).flatmap(SHAPES.__getitem__)
CHANCE = st.sampled_from(range(10))


@st.composite
def fit(draw: st.DrawFn, kind: type[Layer]) -> Shape:
    """One input, mostly with as many axes as in the layer's examples."""
    if draw(CHANCE) == 9:
        return draw(ANY)
    ranks = sorted({len(example.shapes[0]) for example in kind.examples()})
    return draw(SHAPES[draw(st.sampled_from(ranks))])


@st.composite
def branches(draw: st.DrawFn, kind: type[Layer]) -> tuple[Shape, ...]:
    """Inputs of a merge: alike, or one of them another in some axis or in all."""
    first = draw(fit(kind))
    shapes = [first] * draw(st.sampled_from((2, 2, 2, 3, 1)))
    change = draw(st.sampled_from(("none", "channels", "axis", "ones", "other")))
    if change == "channels":
        shapes[-1] = (draw(st.sampled_from(CHANNELS)), *first[1:])
    if change == "axis":
        axis = draw(st.integers(0, len(first) - 1))
        shapes[-1] = (*first[:axis], draw(st.sampled_from(SIZES)), *first[axis + 1 :])
    if change == "ones":
        shapes[-1] = (first[0], *(1 for _ in first[1:]))
    if change == "other":
        shapes[-1] = draw(ANY)
    return tuple(shapes)


@st.composite
def pooled(draw: st.DrawFn, layer: Layer) -> tuple[Shape, ...]:
    """Values and indices for an unpooling, mostly of a max pooling with its parameters."""
    chance = draw(CHANCE)
    if chance == 9:
        return draw(SHAPES[3]), draw(ANY)
    if chance == 8:
        return draw(SHAPES[3]), Indices(draw(SHAPES[3]), (9, 9))
    if chance >= 6:
        # About the size that torch.nn.MaxUnpool2d gives when it is not asked for one.
        shape = draw(SHAPES[3])
        kernels, paddings = pair(layer.values["kernel_size"]), pair(layer.values["padding"])
        strides = pair(layer.values["stride"] or kernels)
        height, width = (
            max(1, (size - 1) * stride + kernel - 2 * padding + draw(st.sampled_from((0, -1, 1))))
            for size, stride, kernel, padding in zip(
                shape[1:], strides, kernels, paddings, strict=True
            )
        )
        return shape, Indices(shape, (height, width))
    pool = draw(layers(kinds()["MaxPool2d"])).changed(return_indices=True)
    if chance < 5:
        pool = pool.changed(**layer.values, dilation=1)
    shape = draw(SHAPES[3])
    assume(accepts(pool, shape))
    return pool.outputs(shape)


def accepts(layer: Layer, *shapes: Shape) -> bool:
    """Whether the layer takes inputs of these shapes."""
    try:
        layer.outputs(*shapes)
    except ShapeError:
        return False
    return True


@st.composite
def configurations(draw: st.DrawFn, kind: type[Layer]) -> tuple[Layer, tuple[Shape, ...]]:
    """A layer of one kind with shapes for its inputs, which it may or may not accept."""
    layer = draw(layers(kind))
    if layer.variadic:
        return layer, draw(branches(kind))
    if "indices" in layer.ports_in:
        return layer, draw(pooled(layer))
    target = layer.values.get("shape")
    if isinstance(target, tuple) and draw(CHANCE) < 7:
        return layer, (draw(st.sampled_from((target, target[::-1], (prod(target),)))),)
    return layer, (draw(fit(kind)),)
