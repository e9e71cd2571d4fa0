"""Which part of a completion is the final answer."""
