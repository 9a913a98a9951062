"""Plots: curves of numbers over training. pyqtgraph is imported here alone, and not before it is shown."""
