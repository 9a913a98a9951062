"""Parts of a recipe as options say them: `sgd:momentum=0.95,nesterov=on`, `cosine`, `shift:pixels=4`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from engine.fields import Declaration, ParameterError, Value, specs
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.part import Part
from engine.recipe.recipe import AUGMENTATIONS, PARTS, SCHEDULES

METAVAR = "NAME[:PARAMETER=VALUE,...]"

Kind = TypeVar("Kind", bound=Part)


@dataclass(frozen=True)
class Wish:
    """A kind of a part, and those of its parameters that are said."""

    kind: type[Part]
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])

    def __call__(self, present: Part) -> Part:
        """The part asked for, of which what is not said is as it is at present, where that is of its kind.

        Raises `ParameterError` where the parameters do not go together.
        """
        same = type(present) is self.kind
        return (present if same else self.kind()).changed(**self.values)


def part(name: str) -> Callable[[str], Wish]:
    """What reads the option of a part, `optimizer`, `loss` or `schedule`."""
    kinds = PARTS[name]
    titles = {kind.kind(): kind.title for kind in SCHEDULES.values()} if name == "schedule" else {}

    def read(text: str) -> Wish:
        word, _, rest = text.partition(":")
        found = _named(kinds, titles, word)
        if found is None:
            known = ", ".join(titles.values() or kinds)
            raise argparse.ArgumentTypeError(f"{word!r} is none of {known}")
        return Wish(found, _values(found, word, rest))

    return read


def augmentation(text: str) -> Augmentation | None:
    """An augmentation from its name and parameters, `shift:pixels=4`; None for `none`."""
    word, _, rest = text.partition(":")
    if word.lower() == "none" and not rest:
        return None
    words = {name: kind.word() for name, kind in AUGMENTATIONS.items()}
    found = _named(AUGMENTATIONS, words, word)
    if found is None:
        known = ", ".join((*words.values(), "none"))
        raise argparse.ArgumentTypeError(f"{word!r} is none of {known}")
    return found().changed(**_values(found, word, rest))


def _named(
    kinds: Mapping[str, type[Kind]], titles: Mapping[str, str], word: str
) -> type[Kind] | None:
    """The kind of a name or title, whatever the case."""
    for name, kind in kinds.items():
        if word.lower() in (name.lower(), titles.get(name, name).lower()):
            return kind
    return None


def _values(kind: type[Declaration], word: str, text: str) -> dict[str, Value]:
    """The parameters in `text`, each checked by itself."""
    from engine.studies.variables import read

    values: dict[str, Value] = {}
    for item in text.split(",") if text else ():
        name, equals, value = item.partition("=")
        known = specs(kind)
        if not equals or name not in known:
            takes = ", ".join(f"{parameter}=..." for parameter in known) or "no parameters"
            raise argparse.ArgumentTypeError(f"{word} takes {takes}, not {item!r}")
        try:
            values[name] = known[name].check(read(known[name], value.strip()))
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{word}: {name} {error}") from None
    try:
        kind().changed(**values)
    except ParameterError as error:
        raise argparse.ArgumentTypeError(f"{word}: {error.parameter} {error.message}") from None
    return values
