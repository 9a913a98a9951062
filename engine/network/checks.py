"""Plain values out of parsed JSON: each is checked, and every problem kept with its path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from engine.fields import Value
from engine.network import names
from engine.network.strict_json import Json

Object = dict[str, Json]


class Checks:
    """What the readers of a document share. What they return is whole only when `problems` stayed empty."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        """Where, and the rest of a sentence that begins with it."""

    def _free(self, raw: Json, path: str) -> Value:
        """A value whose meaning is known only where it is used."""
        if isinstance(raw, str):
            return self._text(raw, path)
        if isinstance(raw, list):
            whole = [item for item in raw if isinstance(item, int) and not isinstance(item, bool)]
            if len(whole) == len(raw) <= 8:
                return tuple(whole)
        elif not isinstance(raw, dict):
            return raw
        self._add(path, f"must be a number, a word, true, false or null, not {shown(raw)}")
        return None

    def _text(self, raw: Json, path: str, longest: int = names.LONGEST_TEXT) -> str:
        if not isinstance(raw, str):
            self._add(path, f"must be text, not {shown(raw)}")
            return ""
        problem = names.text_problem(raw, longest)
        if problem:
            self._add(path, problem)
        return raw

    def _object(self, raw: Json, path: str) -> Object:
        if isinstance(raw, dict):
            return raw
        self._add(path, f"must be an object in braces, not {shown(raw)}")
        return {}

    def _known(
        self, raw: Object, path: str, known: tuple[str, ...], required: Iterable[str] = ()
    ) -> None:
        for name in raw:
            if name not in known:
                self._add(joined(path, keyed(name)), "is no field of this version's format")
        for name in required:
            if name not in raw:
                self._add(joined(path, name), "is missing")

    def _add(self, path: str, message: str) -> None:
        if len(self.problems) < 1000:
            self.problems.append((path, message if len(message) <= 300 else message[:300] + "…"))


def unknown_kind(kind: Json, known: Mapping[str, object], what: str) -> str:
    """What is wrong with a kind that is none of the known, as the end of a sentence."""
    if not isinstance(kind, str):
        return "is missing" if kind is None else f"must be text, not {shown(kind)}"
    close = get_close_matches(kind[:60], known, 1)
    hint = f"; did you mean {close[0]}" if close else ""
    return f"is {shown(kind)}, which is no {what} that this version knows{hint}"


def keyed(name: str) -> str:
    """A key as it stands in a path, quoted where it is no plain word."""
    return name if name.isidentifier() and len(name) <= 60 else repr(name[:60])


def joined(path: str, name: str) -> str:
    """The path of a member of what is at `path`; empty: of the document."""
    return f"{path}.{name}" if path else name


def shown(raw: Json) -> str:
    """A value as a sentence names it, cut short where it is long."""
    text = repr(raw) if not isinstance(raw, (dict, list)) else f"{type(raw).__name__}"
    return text if len(text) <= 60 else text[:60] + "…"
