"""The pooling family: one file per layer."""
