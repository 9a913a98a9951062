"""History: the present project and every one before and after it, for undo and redo."""

from __future__ import annotations

from dataclasses import dataclass

from engine.network.project import Project

LONGEST = 500
"""Steps that can be undone; older ones are forgotten, so that memory has a bound."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, and the project on the other side of it."""

    label: str
    project: Project


@dataclass(frozen=True, slots=True)
class History:
    """An immutable line of projects with one of them present; the newest steps are last."""

    present: Project
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()
    open_key: str = ""
    """The key with which the last step was done, until undo or redo closes it."""

    def do(self, label: str, project: Project, merge_key: str = "") -> History:
        """Go on to `project`, forgetting what was undone; the same project is no step.

        Steps in a row with the same key that is not empty count as one (typing into one field, say).
        """
        if project is self.present:
            return self
        if merge_key and merge_key == self.open_key and self.past:
            return History(project, self.past, (), merge_key)
        past = (*self.past[-(LONGEST - 1) :], Step(label, self.present))
        return History(project, past, (), merge_key)

    def undo(self) -> History:
        """One step back; itself when there is none."""
        if not self.past:
            return self
        step = self.past[-1]
        future = (*self.future, Step(step.label, self.present))
        return History(step.project, self.past[:-1], future)

    def redo(self) -> History:
        """One step forward again; itself when there is none."""
        if not self.future:
            return self
        step = self.future[-1]
        past = (*self.past, Step(step.label, self.present))
        return History(step.project, past, self.future[:-1])

    @property
    def can_undo(self) -> bool:
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        return bool(self.future)

    @property
    def undo_label(self) -> str:
        """What undo would take back; empty when there is nothing."""
        return self.past[-1].label if self.past else ""

    @property
    def redo_label(self) -> str:
        """What redo would do again; empty when there is nothing."""
        return self.future[-1].label if self.future else ""
