"""Processes beside the window: the trainer, which owns one run, and the lab, which answers questions.

Here live how they are started, how they are spoken to and how their end is noticed. What they
compute lives in `training` and `lab`; torch is imported in their own entry alone, never on the
window's side, so this package imports nothing by itself.
"""
