"""Problems of what a network is for: images of the dataset in, a score for each class out, in memory."""

from __future__ import annotations

from collections.abc import Iterator

from engine.analysis.refusals import View, size_setter
from engine.analysis.repairs import ChooseData, InsertBefore, SetBatchSize, SetParameters, change
from engine.analysis.report import Fix, Problem
from engine.data import Dataset
from engine.layers.base import Shape
from engine.layers.shapes import describe
from engine.recipe.recipe import Recipe

MOST_ENLARGED = 8
"""An image blown up more than this along an axis holds nothing but blur."""

MOST_MEMORY = 8 * 2**30
"""Bytes of activations of one batch that a machine for learning on is likely to have."""

GIB = 2**30


def purpose(
    view: View, dataset: Dataset | str, recipe: Recipe, memory: int
) -> Iterator[tuple[int, Problem]]:
    """Problems with the place of their node; -1 for those of the whole network.

    `dataset` may be the sentence that says why there is none; nothing is then asked of the network.
    `memory` in bytes for one image.
    """
    structure = view.structure
    if isinstance(dataset, str):
        yield -1, Problem("", "", dataset, (Fix("Learn from digits", ChooseData("digits")),))
    else:
        for place in structure.inputs[:1]:
            yield from ((place, item) for item in _enter(view, place, dataset))
        for place in structure.outputs[:1]:
            if view.reports[place].known:
                yield from ((place, item) for item in _leave(view, place, dataset))
    need = memory * recipe.batch_size
    if need > MOST_MEMORY:
        yield -1, _memory(need, memory, recipe)


def _enter(view: View, place: int, dataset: Dataset) -> Iterator[Problem]:
    report = view.reports[place]
    if not report.known:
        return
    name, shape = view.structure.order[place], report.outputs[0]
    own = dataset.shape
    if len(shape) != 3:
        yield Problem(
            name,
            "shape",
            f"{name} takes {describe(shape)}, but {dataset.title} has images of {describe(own)}; "
            f"set its shape to {describe(own)}.",
            (change(name, f"Set shape to {describe(own)}", shape=own),),
        )
        return
    if shape[0] not in (1, 3):
        right = (own[0], *shape[1:])
        yield Problem(
            name,
            "shape",
            f"{name} takes {shape[0]} channels, but {dataset.title} has {own[0]}; "
            "set its channels to 1 for grey or 3 for colour.",
            (change(name, f"Set shape to {describe(right)}", shape=right),),
        )
    larger = max(shape[1] / own[1], shape[2] / own[2])
    if larger > MOST_ENLARGED:
        yield Problem(
            name,
            "shape",
            f"{name} enlarges the {own[1]}×{own[2]} images of {dataset.title} to "
            f"{shape[1]}×{shape[2]}, {larger:.0f} times, which costs time and adds no detail; "
            "set a smaller shape or choose larger images.",
            (),
            "warning",
        )


def _leave(view: View, place: int, dataset: Dataset) -> Iterator[Problem]:
    name, shape = view.structure.order[place], view.reports[place].outputs[0]
    classes = len(dataset.classes)
    if len(shape) != 1:
        fixes = tuple(_flattening(name, shape, classes))
        yield Problem(
            name,
            "",
            f"{name} gets {describe(shape)}, but telling {classes} classes apart takes a vector of "
            f"{classes}; {_lower(fixes[0].label)} before it.",
            fixes,
        )
        return
    if shape[0] == classes:
        return
    setter = size_setter(view, place)
    if setter is None:
        layer = ("Linear", (("out_features", classes),))
        cure = f"insert a Dense layer of {classes} before it"
        fix = Fix(f"Insert a Dense layer of {classes}", InsertBefore(name, 0, (layer,)))
    else:
        node, parameter = setter
        cure = f"set {node}'s {parameter} to {classes}"
        fix = Fix(
            f"Set {node}'s {parameter.replace('_', ' ')} to {classes}",
            SetParameters(node, ((parameter, classes),)),
        )
    yield Problem(
        name,
        "",
        f"{name} gets {shape[0]:,} numbers, but {dataset.title} has {classes} classes; {cure}.",
        (fix,),
    )


def _flattening(name: str, shape: Shape, classes: int) -> Iterator[Fix]:
    flatten = ("Flatten", ())
    # Maps that stand for the classes, or that are many and small, are best averaged each.
    if len(shape) == 3 and shape[1:] != (1, 1):
        pooling = ("AdaptiveAvgPool2d", (("output_size", 1),))
        average = Fix(
            "Insert global average pooling and Flatten", InsertBefore(name, 0, (pooling, flatten))
        )
        plain = Fix("Insert Flatten", InsertBefore(name, 0, (flatten,)))
        yield from (average, plain) if shape[0] == classes else (plain, average)
    else:
        yield Fix("Insert Flatten", InsertBefore(name, 0, (flatten,)))


def _lower(label: str) -> str:
    return label[0].lower() + label[1:]


def _memory(need: int, memory: int, recipe: Recipe) -> Problem:
    fitting = MOST_MEMORY // memory
    size = 1 << max(0, fitting.bit_length() - 1)
    what = (
        f"One batch of {recipe.batch_size:,} images needs {need / GIB:,.1f} GiB for its activations"
    )
    if fitting == 0 or size >= recipe.batch_size:
        return Problem(
            "",
            "",
            f"{what}, more than {MOST_MEMORY // GIB} GiB; make the Input smaller or pool earlier.",
            (),
            "warning",
        )
    return Problem(
        "",
        "batch_size",
        f"{what}, more than {MOST_MEMORY // GIB} GiB; set the batch size to {size:,}.",
        (Fix(f"Set the batch size to {size:,}", SetBatchSize(size)),),
        "warning",
    )
