"""Datasets of image files: which there are, what they hold, and their pixels, decoded once and kept.

Only `decode` knows Pillow; the window lists and describes without it.
"""
