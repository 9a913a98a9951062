"""Questions to a network that was built: one file per question. torch is imported here.

A question takes a module and numbers and gives numbers back. It knows neither processes nor
windows, and leaves the module as it was.
"""
