"""The engine: everything Convoscope knows about convolutional networks, without a window.

No Qt anywhere in here. torch is imported in `training`, `lab`, `interop` and the workers'
entry alone, so that the window and the command line's quick answers never wait for it.
"""
