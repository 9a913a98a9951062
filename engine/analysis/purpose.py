"""Problems of what a network is for: images of the dataset in, what the loss compares with out, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod

from engine.analysis.refusals import View, size_setter
from engine.analysis.repairs import (
    InsertBefore,
    LayerText,
    LearnFrom,
    SetParameters,
    Unfreeze,
    change,
    train_with,
)
from engine.analysis.report import Application, Fix, NodeReport, Problem
from engine.analysis.unchosen import no_data
from engine.data import Dataset
from engine.layers.base import Indices, Layer, Shape
from engine.layers.shapes import describe
from engine.network.network import Network
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.loss import Loss
from engine.recipe.mse import MSELoss
from engine.recipe.recipe import Recipe

MOST_ENLARGED = 8
"""An image blown up more than this along an axis holds nothing but blur."""

MOST_MEMORY = 8 * 2**30
"""Bytes of activations of one batch that a machine for learning on is likely to have."""

GIB = 2**30

Inside = Mapping[str, tuple[Application, ...]]
"""The applications of instances, by their names."""


def purpose(
    view: View, dataset: Dataset | str | None, recipe: Recipe, memory: int, inside: Inside
) -> Iterator[tuple[int, Problem]]:
    """Problems with the place of their node; -1 for those of the whole network.

    `dataset` may be the sentence that says why there is none (empty: it is not known yet), or None
    where none is chosen; nothing is then asked of the network.
    `memory` in bytes for one image.
    """
    structure = view.structure
    yield from _positions(view)
    if dataset is None:
        yield -1, no_data(view, _image(view))
    elif isinstance(dataset, str):
        if dataset:
            yield -1, Problem("", "", dataset, (Fix("Learn from digits", LearnFrom("digits")),))
    else:
        for place in structure.inputs[:1]:
            yield from ((place, item) for item in _enter(view, place, dataset))
        yield from _leave(view, dataset, recipe.loss)
    if _nothing_learns(view, inside):
        message = "Every layer with weights is frozen, so nothing can learn; unfreeze one of them."
        yield -1, Problem("", "", message, (Fix("Unfreeze all", Unfreeze()),))
    need = memory * recipe.batch_size
    if dataset is not None and need > MOST_MEMORY:
        yield -1, _memory(need, memory, recipe)


def _leave(view: View, dataset: Dataset, loss: Loss) -> Iterator[tuple[int, Problem]]:
    """What the Outputs give against what the loss compares with."""
    image = _image(view)
    unfit = loss.unfit(len(dataset.classes))
    if unfit:
        yield -1, _unfit(dataset, loss, unfit)
    if len(dataset.classes) > loss.most_classes:
        return
    for place in view.structure.outputs:
        report = view.reports[place]
        if not report.known or any(isinstance(shape, Indices) for shape in report.inputs):
            continue
        if loss.target == "class":
            yield from ((place, item) for item in _score(view, place, dataset, image, loss))
        elif image:
            yield from ((place, item) for item in _rebuild(view, place, dataset, image))


def _image(view: View) -> Shape:
    """The shape in which images enter; empty where that is not known."""
    reports = (view.reports[place] for place in view.structure.inputs[:1])
    return next((report.outputs[0] for report in reports if report.known), ())


def _positions(view: View) -> Iterator[tuple[int, Problem]]:
    """Outputs that give out where the maxima of a pooling were."""
    for place in view.structure.outputs:
        if any(isinstance(shape, Indices) for shape in view.reports[place].inputs):
            name = view.structure.order[place]
            yield (
                place,
                Problem(
                    name,
                    "",
                    f"{name} gets the indices of a max pooling, which are positions and not values; "
                    "link it to the pooling's other output.",
                ),
            )


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


def _unfit(dataset: Dataset, loss: Loss, reason: str) -> Problem:
    classes = len(dataset.classes)
    what = f"{loss.kind()} {reason}, but {dataset.title} has {classes:,} classes"
    if isinstance(loss, CrossEntropyLoss):
        fixes = (
            train_with(f"Make them {classes:,}", loss=loss.fitted(classes)),
            train_with("Weigh all alike", loss=loss.changed(class_weights=None)),
        )
        return Problem("", "loss", f"{what}; give one weight for each.", fixes)
    train = train_with("Train by CrossEntropyLoss", loss=CrossEntropyLoss())
    return Problem("", "loss", f"{what}; train by CrossEntropyLoss.", (train,))


def _score(view: View, place: int, dataset: Dataset, image: Shape, loss: Loss) -> Iterator[Problem]:
    """Telling classes apart takes a score for each, or as many as the loss wants."""
    name, shape = view.structure.order[place], view.reports[place].outputs[0]
    told = len(dataset.classes)
    classes = loss.scores(told)
    if len(shape) != 1:
        fixes = tuple(_flattening(name, shape, classes))
        if shape == image:
            fixes = (*fixes, train_with("Rebuild the image, by MSELoss", loss=MSELoss()))
        yield Problem(
            name,
            "",
            f"{name} gets {describe(shape)}, but telling {told} classes apart takes a vector of "
            f"{classes}; {_lower(fixes[0].label)} before it.",
            fixes,
        )
        return
    if shape[0] == classes:
        return
    wanted = f"{dataset.title} has {told} classes"
    if classes != told:
        wanted = f"{loss.kind()} wants {classes} for the {told} classes of {dataset.title}"
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
        f"{name} gets {shape[0]:,} numbers, but {wanted}; {cure}.",
        (fix,),
    )


def _rebuild(view: View, place: int, dataset: Dataset, image: Shape) -> Iterator[Problem]:
    """Rebuilding the image takes its shape."""
    name, shape = view.structure.order[place], view.reports[place].outputs[0]
    if shape == image:
        return
    cure, fix = _shaping(view, place, shape, image)
    fixes = [fix]
    if shape == (len(dataset.classes),):
        label = "Tell classes apart, by CrossEntropyLoss"
        fixes.append(train_with(label, loss=CrossEntropyLoss()))
    yield Problem(
        name,
        "",
        f"{name} gets {describe(shape)}, but MSELoss compares it with the image, {describe(image)}; "
        f"{cure}.",
        tuple(fixes),
    )


def _shaping(view: View, place: int, shape: Shape, image: Shape) -> tuple[str, Fix]:
    """What gives an Output the image's shape, as the end of a sentence and as a fix."""
    name = view.structure.order[place]
    if len(shape) == len(image) == 3:
        setter = size_setter(view, place)
        if shape[1:] == image[1:] and setter is not None:
            node, parameter = setter
            label = f"Set {node}'s {parameter.replace('_', ' ')} to {image[0]}"
            cure = f"set {node}'s {parameter} to {image[0]}"
            return cure, Fix(label, SetParameters(node, ((parameter, image[0]),)))
        found = list(_fitting_maps(shape, image))
    else:
        found = list(_fitting_values(shape, image))
    words = " and ".join(text for text, _ in found if text)
    layers = tuple(layer for _, layer in found)
    return f"insert {words} before it", Fix(f"Insert {words}", InsertBefore(name, 0, layers))


def _fitting_maps(shape: Shape, image: Shape) -> Iterator[tuple[str, LayerText]]:
    """Layers that make maps of one shape maps of another, and what they are called."""
    (height, width), plane = image[1:], f"{image[1]}×{image[2]}"
    size = height if height == width else (height, width)
    if shape[1] <= height and shape[2] <= width and shape[1:] != image[1:]:
        yield f"an Upsample to {plane}", ("Upsample", (("size", size),))
    elif shape[1:] != image[1:]:
        yield f"an average pooling to {plane}", ("AdaptiveAvgPool2d", (("output_size", size),))
    if shape[0] != image[0]:
        values = (("out_channels", image[0]), ("kernel_size", 1))
        yield f"a 1×1 convolution with {image[0]} maps", ("Conv2d", values)


def _fitting_values(shape: Shape, image: Shape) -> Iterator[tuple[str, LayerText]]:
    """Layers that lay values out as an image, and what they are called."""
    if prod(shape) != prod(image):
        if len(shape) != 1:
            yield "", ("Flatten", ())
        yield f"a Dense layer of {prod(image):,}", ("Linear", (("out_features", prod(image)),))
    yield f"a Reshape to {describe(image)}", ("Reshape", (("shape", image),))


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


def _nothing_learns(view: View, inside: Inside) -> bool:
    """Whether every node with weights is frozen; not said of a network that is broken in parts."""
    structure, reports = view.structure, view.reports
    used = (
        (name, report)
        for place, (name, report) in enumerate(zip(structure.order, reports, strict=True))
        if place not in structure.idle
    )
    if _learns(view.network, used, inside):
        return False
    known = all(report.known for report in reports)
    return known and any(report.parameters for report in reports)


def _learns(network: Network, reports: Iterable[tuple[str, NodeReport]], inside: Inside) -> bool:
    """Whether a node has weights that are not frozen."""
    for name, report in reports:
        node = network.nodes[name]
        if not report.parameters or node.frozen:
            continue
        if isinstance(node.content, Layer):
            return True
        for application in inside.get(name, ()):
            inner = application.analysis
            if _learns(application.network, inner.nodes.items(), inner.inside):
                return True
    return False


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
        (train_with(f"Set the batch size to {size:,}", batch_size=size),),
        "warning",
    )
