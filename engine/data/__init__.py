"""Datasets: described for free, read as numpy arrays that fit a network's input.

One file per dataset in `datasets/`, discovered. numpy only; scikit-learn and requests are imported
inside the functions that need them, and numpy itself not before a question is asked.
"""

from engine.data.catalogue import catalogue, choose, describe, load
from engine.data.choice import NO_DATA, DataChoice
from engine.data.dataset import DataError, Dataset, NotYetError

__all__ = [
    "NO_DATA",
    "DataChoice",
    "DataError",
    "Dataset",
    "NotYetError",
    "catalogue",
    "choose",
    "describe",
    "load",
]
