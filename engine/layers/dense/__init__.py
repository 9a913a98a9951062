"""The dense family: one file per layer."""
