"""The embedded engine: one policy, its rollouts and its updates, on this machine.

The actors are plain classes. `rlvr.engine.run.actors` runs them in Ray, or in the caller's process.
"""
