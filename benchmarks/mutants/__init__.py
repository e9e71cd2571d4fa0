"""Mutation runs: which modules, by which tests, and what survives them for which reason."""
