"""A network without data: what it can do, and what it takes to let it learn from some."""

from __future__ import annotations

from engine.analysis.refusals import View, size_setter
from engine.analysis.repairs import LearnFrom, SetParameters
from engine.analysis.report import Fix, Problem
from engine.data import Dataset, catalogue

OFFERED = 2
"""Datasets that are offered."""


def no_data(view: View, image: tuple[int, ...]) -> Problem:
    """The notice of a network that no data is chosen for. `image` is the shape in which images
    enter, empty where that is not known; offered are datasets with as many channels.
    """
    fitting = [
        dataset
        for dataset in catalogue().values()
        if len(image) != 3 or dataset.shape[0] == image[0]
    ]
    fixes = tuple(_learning_from(view, dataset) for dataset in fitting[:OFFERED])
    message = (
        "No data is chosen, so the network can be drawn and exported but not trained; "
        f"choose some, such as {fitting[0].title}."
        if fitting
        else "No data is chosen, so the network can be drawn and exported but not trained; "
        "give its Input 1 or 3 channels and choose some."
    )
    return Problem("", "data", message, fixes, "warning")


def _learning_from(view: View, dataset: Dataset) -> Fix:
    """A dataset chosen, and as many scores at each Output as it has classes."""
    classes = len(dataset.classes)
    sizes: list[SetParameters] = []
    for place in view.structure.outputs:
        if not view.reports[place].known:
            continue
        shape = view.reports[place].outputs[0]
        setter = size_setter(view, place) if len(shape) == 1 else None
        if setter is not None and shape[0] != classes:
            node, parameter = setter
            sizes.append(SetParameters(node, ((parameter, classes),)))
    label = f"Learn from {dataset.title}"
    if sizes:
        label = f"{label}, {classes} classes"
    return Fix(label, LearnFrom(dataset.name, tuple(dict.fromkeys(sizes))))
