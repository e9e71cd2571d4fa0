"""Environments: tasks that are generated, so that no run sees them all.

`rlvr.environment.make` finds them by name through the entry point group `rlvr.envs`; a package of your own adds to it.
"""
