"""Diagnosis: what is wrong with a run, at which node, by which evidence, and what to do about it.

Worked out from the events of a run and its project alone, by whoever reads them: no torch, no
measuring, and nothing of it lies in the run directory. An ailment is one file here, found by itself;
what it wants to know is in `Past`.
"""

from engine.training.diagnosis.ailment import Evidence, Finding
from engine.training.diagnosis.catalogue import AILMENTS, diagnose
from engine.training.diagnosis.past import Past

__all__ = ["AILMENTS", "Evidence", "Finding", "Past", "diagnose"]
