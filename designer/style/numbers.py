"""How numbers are written for people: the one place that knows separators, units and digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def count(number: float) -> str:
    """A whole number with separators: `61,706`."""
    return f"{number:,.0f}"


def short(number: float) -> str:
    """A large number in few digits: `9,216`, `0.42 M`, `11.3 G`; below 100,000 as `count` has it."""
    if number < 1e5:
        return count(number)
    for scale, unit in _SCALES:
        if number >= scale or unit == "M":
            return f"{_digits(number / scale)} {unit}"
    return count(number)


def size(number: float) -> str:
    """Bytes in decimal units: `640 B`, `36 kB`, `1.1 MB`."""
    for scale, unit in _BYTES:
        if number >= scale:
            value = number / scale
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{number:.0f} B"


def duration(seconds: float) -> str:
    """A span of time in at most two units: `3.2 ms`, `12 s`, `1 min 20 s`, `2 h 5 min`."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 1:
        value = seconds * 1e3
        return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, "min", "s")
    if whole < 86400:
        return _two(round(whole / 60), 60, "h", "min")
    return _two(round(whole / 3600), 24, "d", "h")


def moment(seconds: float, now: datetime | None = None) -> str:
    """A Unix time as people say it `now`: `14:05` of this day, `3 Nov 14:05` of this year, `3 Nov 2024`."""
    try:
        then, now = datetime.fromtimestamp(seconds), now or datetime.now()
    except (OverflowError, ValueError, OSError):
        return "–"
    if then.date() == now.date():
        return f"{then:%H:%M}"
    day = f"{then.day} {_MONTHS[then.month - 1]}"
    return f"{day} {then:%H:%M}" if then.year == now.year else f"{day} {then.year}"


def percent(part: float) -> str:
    """A part of 1 as a percentage: `98.2 %`."""
    return f"{part * 100:.1f} %"


def real(number: float) -> str:
    """A measured value in four digits: `0.3124`, `12.5`, `1.2e-05`."""
    return f"{number:.4g}".replace("-", "−", 1) if number < 0 else f"{number:.4g}"


def shape(sizes: Sequence[int]) -> str:
    """A shape, channels first: `6×28×28`; a vector is its length alone."""
    return "×".join(count(item) for item in sizes)


def plane(sizes: Sequence[float], unit: str = "px") -> str:
    """Height and width: `32 px` where they are equal, else `32×16 px`."""
    height, width = sizes
    text = f"{height:,g}" if height == width else f"{height:,g}×{width:,g}"
    return f"{text} {unit}"


def speed(images_per_second: float) -> str:
    """Throughput: `12,430 images/s`."""
    digits = 0 if images_per_second >= 10 else 1
    return f"{images_per_second:,.{digits}f} images/s"


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _two(whole: int, base: int, large: str, small: str) -> str:
    high, low = divmod(whole, base)
    return f"{high} {large} {low} {small}" if low else f"{high} {large}"
