"""Random projects for tests, drawn through the edits a person would do."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.layers import catalogue
from engine.layers.base import Layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import DataChoice, Project
from engine.recipe.adam import Adam
from engine.recipe.adamw import AdamW
from engine.recipe.augmentation.color_jitter import ColorJitter
from engine.recipe.augmentation.cutout import Cutout
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.rotation import Rotation
from engine.recipe.augmentation.scale import Scale
from engine.recipe.augmentation.shift import Shift
from engine.recipe.augmentation.vertical_flip import VerticalFlip
from engine.recipe.recipe import Recipe
from engine.recipe.sgd import SGD

TITLES = st.text(st.characters(exclude_categories=("Cc", "Cs"), max_codepoint=0x1F9FF), max_size=30)
PLACES = st.tuples(*[st.floats(-1e5, 1e5, allow_nan=False)] * 2)
BORDERS = st.sampled_from(["reflect", "mean", "black"])
FEW = st.lists(
    st.one_of(
        st.builds(HorizontalFlip, probability=st.floats(0, 1)),
        st.builds(VerticalFlip, probability=st.floats(0, 1)),
        st.builds(Shift, pixels=st.integers(1, 1024), border=BORDERS),
        st.builds(Rotation, degrees=st.floats(0, 180), border=BORDERS),
        st.builds(Scale, part=st.floats(0, 0.9), border=BORDERS),
        st.builds(ColorJitter, contrast=st.floats(0, 1), hue=st.floats(0, 180)),
        st.builds(Cutout, size=st.integers(1, 1024)),
    ),
    unique_by=type,
    max_size=4,
)
MIXED = st.one_of(st.just(()), st.tuples(st.builds(Mixup, alpha=st.floats(0.01, 100))))
AUGMENTATIONS = st.builds(lambda few, mixed: (*few, *mixed), FEW, MIXED)
RECIPES = st.builds(
    Recipe,
    epochs=st.integers(1, 100),
    batch_size=st.integers(1, 512),
    validation=st.floats(0, 0.9),
    seed=st.integers(0, 2**31 - 1),
    augmentations=AUGMENTATIONS,
    optimizer=st.one_of(
        st.builds(Adam, learning_rate=st.floats(1e-9, 100)),
        st.builds(AdamW, weight_decay=st.floats(0, 10)),
        st.builds(SGD, momentum=st.floats(0, 0.99)),
        st.builds(SGD, momentum=st.floats(0.01, 0.99), nesterov=st.just(True)),
    ),
)


def layers() -> list[Layer]:
    """Every example of every layer of the catalogue."""
    return [example.layer for kind in catalogue.kinds().values() for example in kind.examples()]


@st.composite
def projects(draw: st.DrawFn, most: int = 12) -> Project:
    """A project of up to `most` nodes, linked, titled and placed at random."""
    known = layers()
    project = Project("Drawn")
    for _ in range(draw(st.integers(0, most))):
        layer = known[draw(st.integers(0, len(known) - 1))]
        project = edits.add(project, layer, draw(PLACES))
    names = list(project.network.nodes)
    for _ in range(draw(st.integers(0, 2 * len(names)))):
        link = Link(
            draw(st.sampled_from(names)),
            draw(st.sampled_from(names)),
            draw(st.integers(0, 1)),
            draw(st.integers(0, 3)),
        )
        try:
            project = edits.connect(project, link)
        except edits.EditError:
            continue
    for name in names:
        if draw(st.integers(0, 3)) == 0:
            project = edits.set_title(project, name, draw(TITLES))
    project = edits.set_recipe(project, draw(RECIPES))
    return edits.set_data(project, DataChoice(draw(st.sampled_from(["digits", "mnist"])), ""))
