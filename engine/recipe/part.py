"""What the parts of a recipe that come in kinds have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Declaration


@dataclass(frozen=True)
class Part(Declaration):
    """The base of optimisers, schedules and losses."""

    reference: ClassVar[str] = ""
    """The class in torch that does the same; empty where there is none."""
    when: ClassVar[str] = ""
    """When to choose it, as one sentence."""
    paper: ClassVar[str] = ""
    """Where it comes from: authors, title, year."""
