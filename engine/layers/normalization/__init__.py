"""The normalization family: one file per layer."""
