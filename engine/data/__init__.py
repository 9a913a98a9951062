"""Datasets: described for free, read as numpy arrays that fit a network's input.

One file per dataset in `datasets/`, discovered. numpy only; scikit-learn and pooch are imported
inside the functions that need them, and no dataset module before `catalogue()` is called.
"""

from engine.data.choice import DataChoice

__all__ = ["DataChoice"]
