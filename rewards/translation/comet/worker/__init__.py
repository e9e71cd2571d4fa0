"""The worker's side: runs in the metrics' environment, where there is no rlvr. Standard library, torch and comet only.

`boot.py` starts it and makes its modules importable under their full names without what else rlvr would load.
"""
