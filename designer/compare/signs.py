"""How each kind of difference looks: a colour and, for eyes that do not tell them apart, a sign."""

from __future__ import annotations

from typing import NamedTuple

from engine.design.compare import Status


class Sign(NamedTuple):
    """The letter, the token of its colour, and the word."""

    letter: str
    token: str
    word: str


SIGNS: dict[Status, Sign] = {
    "added": Sign("+", "success", "added"),
    "removed": Sign("−", "error", "removed"),
    "changed": Sign("~", "warning", "changed"),
    "renamed": Sign("~", "warning", "renamed"),
    "affected": Sign("·", "muted", "set as before"),
}
