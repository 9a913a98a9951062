"""Panels: the dockable views of a document and its run. None knows the window that holds it."""
