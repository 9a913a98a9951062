"""Every ailment, and what a run has of them."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Finding
from engine.training.diagnosis.past import Past

for _module in pkgutil.iter_modules([str(Path(__file__).parent / "ailments")]):
    importlib.import_module(f"engine.training.diagnosis.ailments.{_module.name}")

AILMENTS: tuple[Ailment, ...] = tuple(
    kind() for kind in sorted(Ailment.__subclasses__(), key=lambda kind: kind.__name__)
)
"""Every ailment that is looked for: a new one is a new file in the folder `ailments`, and nothing else."""


def diagnose(project: Project, past: Past) -> tuple[Finding, ...]:
    """What is wrong with a run of `project`, errors first; at most one of each ailment at each node.

    Nothing is remembered, so what is over is not found any more.
    """
    found = [finding for ailment in AILMENTS for finding in ailment.find(project, past)]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))
