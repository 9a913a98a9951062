"""The merge family: one file per layer."""
