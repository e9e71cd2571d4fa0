"""Checks of a configuration that look at more than one key, or at files: a module a subject."""
