"""The canvas: the network as cards and links, and the hands that change it.

What lives here paints the document and turns gestures into edits; it holds no state of the network.
The view paints itself when zoomed far out, items paint themselves when near. Entry: `view.CanvasView`.
"""
