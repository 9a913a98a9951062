"""What augmentations draw: how often, how far, and that moves one after another are one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import ParameterError, specs
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Colored, Covered, Mixed, Moved, part, together
from engine.recipe.augmentation.color_jitter import ColorJitter
from engine.recipe.augmentation.cutout import Cutout
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.rotation import Rotation
from engine.recipe.augmentation.scale import Scale
from engine.recipe.augmentation.shift import Shift
from engine.recipe.augmentation.vertical_flip import VerticalFlip
from engine.recipe.recipe import AUGMENTATIONS, Recipe

MANY = 20_000


def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_augmentations_are_found_by_kind_and_say_what_they_do_and_when() -> None:
    assert list(AUGMENTATIONS) == [
        *("ColorJitter", "Cutout", "HorizontalFlip", "Mixup"),
        *("Rotation", "Scale", "Shift", "VerticalFlip"),
    ]
    for kind in AUGMENTATIONS.values():
        assert kind.purpose and kind.title and kind.reference and kind.when.endswith(".")
        assert all(spec.help.endswith(".") for spec in specs(kind).values())
    assert len({kind.word() for kind in AUGMENTATIONS.values()}) == len(AUGMENTATIONS)
    assert ColorJitter.word() == "color-jitter"
    assert [name for name, kind in AUGMENTATIONS.items() if kind.mixes] == ["Mixup"]
    assert "Zhang" in Mixup.paper and "DeVries" in Cutout.paper


@pytest.mark.parametrize(("kind", "axis"), [(HorizontalFlip, 1), (VerticalFlip, 0)])
def test_as_many_images_are_mirrored_as_asked_for(
    kind: type[HorizontalFlip | VerticalFlip], axis: int
) -> None:
    moved = kind(probability=0.3).draw(random(), MANY)
    assert (moved.matrix[:, axis, axis] == -1).mean() == pytest.approx(0.3, abs=0.01)
    assert (moved.matrix[:, 1 - axis, 1 - axis] == 1).all()
    assert not moved.offset.any() and moved.border is None and moved.whole
    assert (kind(probability=0.0).draw(random(), 100).matrix == np.eye(2)).all()
    assert (kind(probability=1.0).draw(random(), 100).matrix[:, axis, axis] == -1).all()


def test_every_shift_is_equally_likely_on_both_axes() -> None:
    moved = Shift(pixels=2).draw(random(), MANY)
    places, counts = np.unique(moved.offset, axis=0, return_counts=True)
    assert places.tolist() == [[y, x] for y in range(-2, 3) for x in range(-2, 3)]
    assert counts / MANY == pytest.approx(np.full(25, 1 / 25), abs=0.006)


def test_turns_are_spread_evenly_over_both_sides() -> None:
    matrix = Rotation(degrees=40).draw(random(), MANY).matrix
    degrees = np.rad2deg(np.arctan2(matrix[:, 0, 1], matrix[:, 0, 0]))
    assert np.abs(degrees).max() <= 40
    assert degrees.mean() == pytest.approx(0, abs=0.6)
    assert degrees.std() == pytest.approx(80 / math.sqrt(12), rel=0.02)
    assert np.linalg.det(matrix) == pytest.approx(np.ones(MANY))


def test_sizes_are_spread_evenly_about_the_whole() -> None:
    factor = 1 / Scale(part=0.3).draw(random(), MANY).matrix[:, 0, 0]
    assert factor.min() >= 0.7 and factor.max() <= 1.3
    assert factor.mean() == pytest.approx(1, abs=0.005)
    assert factor.std() == pytest.approx(0.6 / math.sqrt(12), rel=0.02)


def test_each_of_light_and_colours_is_drawn_by_itself() -> None:
    drawn = ColorJitter(brightness=0.1, contrast=0.2, saturation=0.3, hue=20).draw(random(), MANY)
    for values, most in ((drawn.brightness, 0.1), (drawn.contrast, 0.2), (drawn.saturation, 0.3)):
        assert np.abs(values - 1).max() <= most
        assert values.std() == pytest.approx(2 * most / math.sqrt(12), rel=0.02)
    assert np.rad2deg(drawn.hue).std() == pytest.approx(40 / math.sqrt(12), rel=0.02)
    pairs = np.corrcoef([drawn.brightness, drawn.contrast, drawn.saturation, drawn.hue])
    assert np.abs(pairs - np.eye(4)).max() < 0.03


def test_squares_are_as_likely_anywhere() -> None:
    drawn = Cutout(size=5).draw(random(), MANY)
    assert drawn.size == 5 and drawn.middle.min() >= 0 and drawn.middle.max() < 1
    rows = np.bincount((drawn.middle[:, 0] * 10).astype(int), minlength=10)
    assert rows / MANY == pytest.approx(np.full(10, 0.1), abs=0.01)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 10.0])
def test_shares_are_those_of_a_beta_distribution_folded_at_the_half(alpha: float) -> None:
    generator = random()
    shares = np.array([Mixup(alpha=alpha).draw(generator, 32).share for _ in range(MANY)])
    assert shares.min() >= 0.5 and shares.max() <= 1
    # The variance of Beta(a, a) is 1 / (4 · (2a + 1)), and folding at the mean does not change it.
    assert ((shares - 0.5) ** 2).mean() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.03)


MOVES = st.sampled_from(
    [HorizontalFlip(), VerticalFlip(), Shift(), Rotation(), Scale(), Shift(border="black")]
)


@given(st.lists(MOVES, max_size=5))
def test_moves_with_one_border_are_one_and_take_from_the_same_place(
    items: list[Augmentation],
) -> None:
    generator = random()
    changes = [item.draw(generator, 3) for item in items]
    joined = together(changes)
    borders = [change.border for change in changes if isinstance(change, Moved) and change.border]
    assert len(joined) == min(len(items), 1) or len(set(borders)) > 1
    points = expected = generator.uniform(-16, 16, (3, 2))
    for change in reversed(changes):
        assert isinstance(change, Moved)
        expected = np.einsum("nij,nj->ni", change.matrix, expected) + change.offset
    for change in reversed(joined):
        assert isinstance(change, Moved)
        points = np.einsum("nij,nj->ni", change.matrix, points) + change.offset
    assert points == pytest.approx(expected)


def test_flips_and_shifts_stay_moves_by_whole_pixels_and_turns_do_not() -> None:
    generator = random()
    flip, shift, turn = (
        item.draw(generator, 4) for item in (HorizontalFlip(), Shift(), Rotation())
    )
    assert [change.whole for change in together([flip, shift]) if isinstance(change, Moved)] == [
        True
    ]
    assert [
        change.whole for change in together([flip, shift, turn]) if isinstance(change, Moved)
    ] == [False]
    cut = Cutout().draw(generator, 4)
    assert [type(change) for change in together([flip, cut, shift])] == [Moved, Covered, Moved]


@pytest.mark.parametrize("kind", list(AUGMENTATIONS))
def test_a_part_of_a_draw_is_that_part_of_every_number(kind: str) -> None:
    whole = AUGMENTATIONS[kind]().draw(random(), 9)
    some = part(whole, 2, 5)
    for name, value in vars(whole).items():
        if isinstance(value, np.ndarray):
            assert (getattr(some, name) == value[2:5]).all()
        else:
            assert getattr(some, name) == value
    assert isinstance(some, Moved | Colored | Covered | Mixed)


def test_an_augmentation_is_there_once_and_mixing_comes_last() -> None:
    Recipe(augmentations=(Shift(), HorizontalFlip(), Mixup()))
    with pytest.raises(ParameterError, match=r"augmentations have Shift twice.*remove one\.$"):
        Recipe(augmentations=(Shift(), HorizontalFlip(), Shift(pixels=2)))
    with pytest.raises(
        ParameterError, match=r"augmentations have Shift after Mixup, .*before that"
    ):
        Recipe(augmentations=(Mixup(), Shift()))
    with pytest.raises(ParameterError, match=r"augmentations have Mixup twice"):
        Recipe(augmentations=(Mixup(), Mixup()))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (HorizontalFlip, {"probability": 1.1}),
        (Shift, {"pixels": 0}),
        (Shift, {"border": "wrap"}),
        (Rotation, {"degrees": 181}),
        (Scale, {"part": 1.0}),
        (ColorJitter, {"hue": -1}),
        (Cutout, {"size": 2.5}),
        (Mixup, {"alpha": 0.0}),
    ],
)
def test_a_value_out_of_range_is_refused(
    kind: type[Augmentation], wrong: dict[str, object]
) -> None:
    with pytest.raises(ParameterError, match=f"{kind.kind()}: {next(iter(wrong))} must be"):
        kind(**wrong)
