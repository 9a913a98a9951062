"""The convolution family: one file per layer."""
