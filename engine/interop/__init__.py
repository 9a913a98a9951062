"""To and from other programs: weights as safetensors, the network as a Python file.

`weights` and `recorder`, which hears what a module says at every node that is drawn, need torch; `tensorfile` and `export` do without, so the window may use them.
"""
