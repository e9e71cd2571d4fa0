"""Checks on a translation beside its source."""
