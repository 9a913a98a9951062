"""The document: networks, projects, the edits that turn one into the next, and the file format.

Everything is an immutable value. Mappings here are never changed after construction; an edit
builds a new one. Plain Python throughout: the window starts with this room.
"""
