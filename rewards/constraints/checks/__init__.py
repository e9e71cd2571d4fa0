"""The checks, in rooms by what they look at; each module names the id prefixes that it serves."""
