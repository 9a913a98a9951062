"""Training: the loop that owns a run, and the run directory through which others watch it.

`events`, `rundir` and `control` import no torch, so that the window may use them; everything else
here does, and is imported by workers and the command line alone. Nothing is imported by this file.
"""
