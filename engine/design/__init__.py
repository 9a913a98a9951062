"""Thinking backwards and sideways: settings that meet a wish, and what differs between two networks.

Everything here asks `engine.analysis` and computes no shape by itself, so that what is promised is
what the canvas then shows. No torch, no Qt; answers are immutable values, and changes are edits.
"""
