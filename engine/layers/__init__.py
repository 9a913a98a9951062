"""The layer catalogue: one file per layer, in families, and the arithmetic they share.

A layer file declares everything there is to know about its layer; the palette, the inspector, the
file format, the help page, the command line and the contract test are all derived from it.
Layer files import `engine.fields` and `engine.layers.base`/`shapes` only, never each other.
"""
