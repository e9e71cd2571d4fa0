"""Verbs about training runs."""
