"""Mean and spread of a few numbers, and how sure one may be of the mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
_T = (
    *(12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836),
    *(2.446911851, 2.364624252, 2.306004135, 2.262157163, 2.228138852),
)
"""The 97.5 % quantile of Student's t with 1, 2 ... 10 degrees of freedom."""


@dataclass(frozen=True)
class Spread:
    """`n` numbers: mean, standard deviation (with n - 1), least and greatest, and half the width of the
    95 % interval of the mean. One number alone has neither deviation nor interval.
    """

    n: int
    mean: float
    low: float
    high: float
    std: float | None = None
    half: float | None = None


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of some numbers; None where there are none.

    The interval is mean ± t · std / √n, t Student's with n - 1 degrees of freedom (Student, 1908).
    """
    n = len(values)
    if not n:
        return None
    mean = math.fsum(values) / n
    if n == 1:
        return Spread(n, mean, mean, mean)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return Spread(n, mean, min(values), max(values), std, student(n - 1) * std / math.sqrt(n))


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, to five digits.

    From 11 degrees of freedom on by Cornish and Fisher's expansion (Abramowitz and Stegun, 26.7.5).
    """
    if freedom <= len(_T):
        return _T[freedom - 1]
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
