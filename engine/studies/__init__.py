"""Studies: many runs that differ in one respect, and what that respect is worth.

Here live what is asked for (seeds, a grid, random draws, an ablation) as immutable values, the folder in
which a study lies, and what its runs' own files come to. Training it is the workers' work; no
torch, no Qt.
"""
