"""Verbs about rewards."""
