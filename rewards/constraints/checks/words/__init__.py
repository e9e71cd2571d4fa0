"""Checks on words and letters: which ones occur, how many, in which order."""
