"""A recipe is checked when it is made, and knows its learning rate at every step."""

from __future__ import annotations

import pytest

from engine.fields import ParameterError
from engine.recipe.constant import Constant
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.mse import MSELoss
from engine.recipe.recipe import LOSSES, OPTIMIZERS, Recipe
from engine.recipe.sgd import SGD


def test_the_optimisers_are_found_by_kind_in_the_order_of_their_names() -> None:
    assert list(OPTIMIZERS) == [
        *("Adagrad", "Adam", "AdamW", "Muon", "NAdam", "RMSprop", "SGD"),
    ]
    assert OPTIMIZERS["SGD"] is SGD
    assert all(kind.purpose and kind.reference for kind in OPTIMIZERS.values())


def test_the_losses_are_found_by_kind_and_say_what_they_compare_with() -> None:
    assert list(LOSSES) == [
        *("BCEWithLogitsLoss", "CrossEntropyLoss", "MSELoss", "MultiMarginLoss", "NLLLoss")
    ]
    assert all(kind.purpose and kind.reference and kind.title for kind in LOSSES.values())
    assert all(kind.when.endswith(".") for kind in LOSSES.values())
    assert [name for name, kind in LOSSES.items() if kind.target != "class"] == ["MSELoss"]
    assert {name for name, kind in LOSSES.items() if kind().scores(2) != 2} == {"BCEWithLogitsLoss"}
    assert Recipe().loss.axis() == "cross-entropy (nats)"
    assert MSELoss.axis() == "mean squared error"


def test_balanced_classes_weigh_the_same_together() -> None:
    weights = CrossEntropyLoss(balanced=True).tensors([10, 30, 0])["weight"]
    assert weights == pytest.approx((40 / 30, 40 / 90, 1.0))
    assert weights[0] * 10 == pytest.approx(weights[1] * 30)
    assert CrossEntropyLoss().tensors([10, 30]) == {}


def test_classes_weigh_as_said_or_balanced_but_not_both() -> None:
    loss = CrossEntropyLoss(class_weights=(1, 2.5))
    assert loss.tensors([10, 30]) == {"weight": (1.0, 2.5)}
    with pytest.raises(ParameterError, match="gives 2 weights while classes are balanced"):
        loss.changed(balanced=True)
    with pytest.raises(ParameterError, match="must be a number from 1e-06 to 1e\\+06, not 0"):
        CrossEntropyLoss(class_weights=(1, 0))


@pytest.mark.parametrize(
    ("classes", "weights"), [(2, (1, 2)), (3, (1, 2, 3)), (5, (1, 2, 3, 1, 1))]
)
def test_class_weights_that_are_too_few_or_too_many_are_told_and_fitted(
    classes: int, weights: tuple[float, ...]
) -> None:
    loss = CrossEntropyLoss(class_weights=(1, 2, 3))
    assert loss.unfit(classes) == ("" if classes == 3 else "has 3 class weights")
    assert loss.fitted(classes).class_weights == weights
    assert not loss.fitted(classes).unfit(classes) and not CrossEntropyLoss().unfit(classes)


def test_more_than_everything_cannot_be_smoothed_away() -> None:
    with pytest.raises(ParameterError, match="CrossEntropyLoss: label_smoothing must be"):
        CrossEntropyLoss(label_smoothing=1.5)


def test_a_constant_rate_stays() -> None:
    recipe = Recipe(schedule=Constant(), optimizer=SGD(learning_rate=0.1))
    assert {recipe.rate(step, 100, 10) for step in range(100)} == {0.1}


def test_a_cosine_rate_falls_from_the_whole_over_the_half_to_nothing() -> None:
    recipe = Recipe(optimizer=SGD(learning_rate=0.1))
    rates = [recipe.rate(step, 100, 10) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[50] == pytest.approx(0.05)
    assert rates[100] == pytest.approx(0.0)
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 0}, {"batch_size": 2.5}, {"validation": 0.95}, {"device": "tpu"}, {"seed": -1}],
)
def test_a_value_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=f"Recipe: {next(iter(wrong))} must be"):
        Recipe(**wrong)  # type: ignore[arg-type]


def test_a_rate_that_is_no_number_is_refused() -> None:
    with pytest.raises(ParameterError, match="SGD: learning_rate must be"):
        SGD(learning_rate=float("nan"))
