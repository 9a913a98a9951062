"""To and from other programs: weights as safetensors, the network as a Python file.

`weights` is about modules and needs torch; `tensorfile` and `export` do without, so the window may use them.
"""
