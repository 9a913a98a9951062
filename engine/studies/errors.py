"""What is wrong with a study, said in one sentence."""

from __future__ import annotations


class StudyError(Exception):
    """Where, what, the values that disagree, and the cure."""
