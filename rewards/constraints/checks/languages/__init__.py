"""Checks that hold for one language, and the check of an answer's language."""
