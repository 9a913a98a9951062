"""The shape family: one file per layer."""
