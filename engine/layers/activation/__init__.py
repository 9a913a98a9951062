"""The activation family: one file per layer."""
