"""verl 0.9.1 as an engine: what it is told, what it asks of us, and nothing of its trainers subclassed.

`rlvr.verl` itself imports neither verl nor torch; the modules that verl loads by name do.
"""
