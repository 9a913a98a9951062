"""The parts of the panel of runs: what lies on the disk, the table, overlaid curves, differences.

The disk is read in a thread of its own, since a folder of runs may be large, or far away.
"""
