"""Random layers and input shapes, drawn from the layers' own declarations."""

from __future__ import annotations

from functools import singledispatch

from hypothesis import strategies as st

from engine.fields import Choice, Field, Flag, Integer, Integers, Pair, Real, Value, specs
from engine.layers.base import Indices, Layer, Shape, Window
from engine.layers.shapes import pair

CHANNELS = (1, 2, 3, 4, 6, 8, 12)


@singledispatch
def held(spec: Field) -> st.SearchStrategy[Value]:
    """Values that a field holds, mostly small ones."""
    raise NotImplementedError(spec)


@held.register
def _(spec: Flag) -> st.SearchStrategy[Value]:
    return st.booleans()


def _numbers(spec: Integer) -> st.SearchStrategy[int]:
    low = max(spec.low, -3)
    near = range(low, min(spec.high, low + 2) + 1)
    return st.sampled_from((*near, *near, *near, *range(low, min(spec.high, low + 11) + 1)))


@held.register
def _(spec: Integer) -> st.SearchStrategy[Value]:
    return st.one_of(_numbers(spec), st.sampled_from(spec.words)) if spec.words else _numbers(spec)


@held.register
def _(spec: Pair) -> st.SearchStrategy[Value]:
    single = held.dispatch(Integer)(spec)
    return st.one_of(single, st.tuples(_numbers(spec), _numbers(spec)))


@held.register
def _(spec: Integers) -> st.SearchStrategy[Value]:
    sizes = st.integers(spec.low, spec.low + 11)
    return st.lists(sizes, min_size=spec.shortest, max_size=spec.longest).map(tuple)


@held.register
def _(spec: Real) -> st.SearchStrategy[Value]:
    low, high = max(spec.low, -100.0), min(spec.high, 100.0)
    return st.floats(low, high, allow_subnormal=False)


@held.register
def _(spec: Choice) -> st.SearchStrategy[Value]:
    return st.sampled_from(spec.options)


def layers(kind: type[Layer]) -> st.SearchStrategy[Layer]:
    """Layers of one kind; each parameter is its default two times of three."""

    def values(name: str, spec: Field) -> st.SearchStrategy[Value]:
        usual = st.just(kind.default(name))
        return st.one_of(usual, usual, held(spec) | st.none() if spec.none else held(spec))

    fields = {name: values(name, spec) for name, spec in specs(kind).items()}
    return st.fixed_dictionaries(fields).map(lambda drawn: kind(**drawn))


SIZES = st.sampled_from(range(1, 15))
MAPS = st.tuples(st.sampled_from(CHANNELS), SIZES, SIZES)
VECTORS = st.tuples(st.sampled_from(range(1, 25)))
RANKS: dict[int, st.SearchStrategy[Shape]] = {1: VECTORS, 2: st.tuples(SIZES, SIZES), 3: MAPS}
ANY = st.one_of(*RANKS.values())


@st.composite
def fit(draw: st.DrawFn, kind: type[Layer]) -> Shape:
    """One input, mostly with as many axes as in the layer's examples."""
    if draw(st.sampled_from(range(8))) == 0:
        return draw(ANY)
    ranks = sorted({len(example.shapes[0]) for example in kind.examples()})
    return draw(RANKS[draw(st.sampled_from(ranks))])


@st.composite
def branches(draw: st.DrawFn, kind: type[Layer]) -> tuple[Shape, ...]:
    """Inputs of a merge: alike, or one of them another in some axis or in all."""
    first = draw(fit(kind))
    shapes = [first] * draw(st.sampled_from((1, 2, 2, 2, 3)))
    change = draw(st.sampled_from(("none", "channels", "axis", "ones", "other")))
    if change == "channels":
        shapes[-1] = (draw(st.sampled_from(CHANNELS)), *first[1:])
    if change == "axis":
        axis = draw(st.integers(0, len(first) - 1))
        shapes[-1] = (*first[:axis], draw(SIZES), *first[axis + 1 :])
    if change == "ones":
        shapes[-1] = (first[0], *(1 for _ in first[1:]))
    if change == "other":
        shapes[-1] = draw(ANY)
    return tuple(shapes)


@st.composite
def pooled(draw: st.DrawFn, layer: Layer) -> tuple[Shape, ...]:
    """Values and indices, mostly of a plane that a max pooling like `layer` shrinks to them."""
    shape = draw(MAPS)
    other = draw(st.sampled_from(range(10)))
    if other == 0:
        return shape, draw(ANY)
    slack = draw(st.tuples(*[st.sampled_from((0, 0, 0, -1, 1, 2))] * 2))
    # The size that torch.nn.MaxUnpool2d gives when it is not asked for one, and near it.
    kernels, paddings = pair(layer.values["kernel_size"]), pair(layer.values["padding"])
    strides = pair(layer.values["stride"] or kernels)
    height, width = (
        max(1, (shape[axis + 1] - 1) * strides[axis] + kernels[axis] - 2 * paddings[axis] + more)
        for axis, more in enumerate(slack)
    )
    windows = draw(st.sampled_from((None, (Window(2, 2, 0), Window(3, 1, -1)))))
    indices = Indices(shape if other > 1 else draw(MAPS), (height, width), windows)
    return shape, indices


@st.composite
def configurations(draw: st.DrawFn, kind: type[Layer]) -> tuple[Layer, tuple[Shape, ...]]:
    """A layer of one kind with shapes for its inputs, which it may or may not accept."""
    layer = draw(layers(kind))
    if layer.variadic:
        return layer, draw(branches(kind))
    if "indices" in layer.ports_in:
        return layer, draw(pooled(layer))
    target = layer.values.get("shape")
    if isinstance(target, tuple) and draw(st.booleans()):
        size = 1
        for axis in target:
            size *= axis
        return layer, (draw(st.permutations(target).map(tuple) | st.just((size,))),)
    return layer, (draw(fit(kind)),)
