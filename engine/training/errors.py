"""What stops a training, said in one sentence."""

from __future__ import annotations


class TrainingError(Exception):
    """Where, what, the values that disagree, and the cure."""
