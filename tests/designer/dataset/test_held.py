"""Which images a list of positions means."""

from __future__ import annotations

import numpy as np
import pytest

from designer.dataset.held import Held, Part
from engine.workers.messages import Gathered


@pytest.fixture
def held() -> Held:
    """Six images to learn from, of which 1 and 4 are kept aside, and three for testing."""
    labels, aside, tests = np.array([0, 1, 0, 1, 0, 1]), np.array([1, 4]), np.array([1, 1, 0])
    return Held(
        Gathered(
            number=1,
            shape=(1, 8, 8),
            classes=("a", "b"),
            labels=labels,
            aside=aside,
            test_labels=tests,
            remarks=(),
            remarked=0,
        )
    )


@pytest.mark.parametrize(
    ("part", "within", "rows"),
    [
        ("validation", [1, 4], [0, 1, 5]),
        ("training", [0, 2], [0, 1, 5]),  # There is no position 5 among the four.
        ("test", [6, 7], [6, 7]),
    ],
)
def test_positions_count_within_a_part_or_over_the_whole_set(
    held: Held, part: Part, within: list[int], rows: list[int]
) -> None:
    asked = np.array([0, 1, 5, 99, -1])
    assert held.within(part, asked).tolist() == within
    assert held.rows(part, asked).tolist() == rows
