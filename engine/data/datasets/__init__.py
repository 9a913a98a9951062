"""One file per dataset; each names its description `DATASET`, and nothing else knows of it."""
