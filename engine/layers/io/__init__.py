"""The io family: one file per layer."""
