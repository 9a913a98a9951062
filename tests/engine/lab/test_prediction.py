"""Prediction: a distribution, whatever the network ends with."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.lab.prediction import probabilities

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    "result", [LOGITS, LOGITS.softmax(1), LOGITS.log_softmax(1), LOGITS[:, :, None, None]]
)
def test_logits_softmax_and_log_softmax_give_the_same_probabilities(result: Tensor) -> None:
    torch.testing.assert_close(probabilities(result), LOGITS.softmax(1))


def test_positive_logits_are_not_taken_for_probabilities() -> None:
    logits = torch.tensor([[3.0, 1.0]])
    torch.testing.assert_close(probabilities(logits), logits.softmax(1))
