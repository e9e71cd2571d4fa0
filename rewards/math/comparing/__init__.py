"""Whether two answers are the same: exactly, at points, within a tolerance."""
