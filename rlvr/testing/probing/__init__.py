"""Probes: texts that ignore the question, and whether a reward pays for them."""
