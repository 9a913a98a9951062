"""Dropout: leave out random values in training."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.dropping import Dropping


class Dropout(Dropping):
    """Sets random values to 0 in training, so that no value relies on another: a regularisation."""

    purpose: ClassVar[str] = "Regularise: leave out random values in training"
    reference: ClassVar[str] = "torch.nn.Dropout; Srivastava et al., Dropout, JMLR 2014"
