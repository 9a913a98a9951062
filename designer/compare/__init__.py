"""Two networks side by side: what was added, removed and changed, on two canvases and in a table.

A window of its own that changes nothing: it shows documents of its own, and follows the one being
edited. What differs is worked out by `engine.design.compare`. Entry: `window.CompareWindow`.
"""
