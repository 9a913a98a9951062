"""Diagnosing: what is wrong with the run that is watched, worked out from what it tells."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from designer.document import Document
from engine.fields import ParameterError
from engine.network.errors import EditError, StorageError
from engine.network.order import sources
from engine.network.project import Project
from engine.network.scope import block_name, node_of, reachable
from engine.training.events import EpochEnded, Event, Failed, Measured, Resumed, Started, Steps

if TYPE_CHECKING:
    from designer.workshop import Workshop
    from engine.analysis import Fix
    from engine.training.diagnosis import Finding, Past

PAUSE_MS = 300
"""How long events gather before they are looked at."""
SHARE = 0.02
"""Part of the window's time that looking may take, in the mean."""
MOST_TRIED = 40
"""Findings of which it is tried whether their fixes are done already."""
_TELLING = (Started, Steps, Measured, EpochEnded, Resumed, Failed)


class Diagnosing(QObject):
    """Follows the run of the workshop; `changed` follows other findings, or others of them answered."""

    changed = Signal()

    def __init__(self, document: Document, workshop: Workshop) -> None:
        super().__init__(workshop)
        self._document = document
        self._workshop = workshop
        self._past: Past | None = None
        self._project: Project | None = None
        """What the run trains."""
        self.findings: tuple[Finding, ...] = ()
        """What ails the run, errors first."""
        self.answered: frozenset[tuple[str, str]] = frozenset()
        """Those of them, by ailment and node, for which the network on the canvas has been changed."""
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._look)
        workshop.events.connect(self._hear)
        workshop.followed.connect(self._begin)
        document.changed.connect(self._compare)

    @property
    def watches(self) -> bool:
        """Whether there is a run to say anything of."""
        return self._past is not None

    def pinned(self) -> dict[str, tuple[Finding, ...]]:
        """The findings by the paths of the nodes that they are pinned to, without those answered."""
        found: dict[str, tuple[Finding, ...]] = {}
        for finding in self.findings:
            if finding.node and key(finding) not in self.answered:
                found[finding.node] = (*found.get(finding.node, ()), finding)
        return found

    def _begin(self) -> None:
        """Another run, or none: nothing is known of it yet."""
        self._past = self._project = None
        self._timer.stop()
        if self.findings:
            self.findings, self.answered = (), frozenset()
        self.changed.emit()

    def _hear(self, events: list[Event]) -> None:
        from engine.training.diagnosis import Past

        first = self._past is None
        for place, event in enumerate(events):
            if isinstance(event, Started):
                # Told from the beginning, perhaps once more.
                self._past = None
                events = events[place:]
        if self._past is None:
            self._past = Past()
        self._past.take(events)
        if any(isinstance(event, _TELLING) for event in events) and not self._timer.isActive():
            self._timer.start()
        if first:
            self.changed.emit()

    def _look(self) -> None:
        from engine.training.diagnosis import diagnose

        run = self._workshop.run
        if run is None or self._past is None:
            return
        if self._project is None:
            try:
                self._project = run.project()
            except StorageError:
                return  # Whoever opens the run says so.
        start = time.perf_counter()
        findings = diagnose(self._project, self._past)
        spent = time.perf_counter() - start
        self._timer.setInterval(max(PAUSE_MS, round(1000 * spent / SHARE)))
        if findings != self.findings:
            self.findings = findings
            self.answered = self._answered()
            self.changed.emit()

    def _compare(self, before: Project, after: Project) -> None:
        """The network on the canvas is another: what was found of it may be mended."""
        moved = (before.network, before.recipe, before.data)
        if self.findings and any(
            old is not new
            for old, new in zip(moved, (after.network, after.recipe, after.data), strict=True)
        ):
            answered = self._answered()
            if answered != self.answered:
                self.answered = answered
                self.changed.emit()

    def _answered(self) -> frozenset[tuple[str, str]]:
        trained, now = self._project, self._document.project
        if trained is None or (trained.network is now.network and trained.recipe == now.recipe):
            return frozenset()
        if trained.data != now.data:
            return frozenset(map(key, self.findings))
        changed = {key(item) for item in self.findings if _elsewhere(item.node, trained, now)}
        if now.recipe != trained.recipe or now.network.nodes != trained.network.nodes:
            # Each is tried on the whole network, which takes time.
            tried = self.findings[:MOST_TRIED]
            changed.update(key(item) for item in tried if _mended(item, trained, now))
        return frozenset(changed)


def key(finding: Finding) -> tuple[str, str]:
    """What makes a finding the same when its numbers change: there is one for each of these."""
    return finding.ailment, finding.node


def _elsewhere(node: str, trained: Project, now: Project) -> bool:
    """Whether a node is another than was trained, or fed by others."""
    return bool(node) and _surroundings(trained, node) != _surroundings(now, node)


def _mended(finding: Finding, trained: Project, now: Project) -> bool:
    """Whether one of its fixes has been done since."""
    return any(_done(fix, now) and not _done(fix, trained) for fix in finding.fixes)


def _done(fix: Fix, project: Project) -> bool:
    """Whether a fix would change nothing."""
    try:
        return fix.edit(project) == project
    except (EditError, ParameterError):
        return False


def _surroundings(project: Project, path: str) -> object:
    """A node at a path, and what feeds it."""
    *scope, name = path.split("/")
    if reachable(project, tuple(scope)) != tuple(scope):
        return None
    network = project.network
    if scope:
        network = network.blocks[block_name(project, tuple(scope))].network
    return node_of(project, path), frozenset(sources(network).get(name, ()))
