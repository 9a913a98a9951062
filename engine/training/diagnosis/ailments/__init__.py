"""One file for each ailment of a run: the number that tells, its limit, and the way out."""
