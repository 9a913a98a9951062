"""What stops a training, said in one sentence."""

from __future__ import annotations


class TrainingError(Exception):
    """Where, what, the values that disagree, and the cure."""


class DivergedError(TrainingError):
    """Numbers are not finite any more at step `step`, first of all at `node` (empty: it is not known)."""

    def __init__(self, message: str, node: str = "", step: int = 0) -> None:
        super().__init__(message)
        self.node = node
        self.step = step
