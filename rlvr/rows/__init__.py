"""Rows of files, of whatever is to be made of them: reading them, checking their fields, and drawing them in order."""
