"""Gestures: each thing that the mouse does is an object with begin, move, end and cancel.

While a gesture lasts it only paints; the document hears of it once, at its end. Cancelled, it has
never been.
"""
