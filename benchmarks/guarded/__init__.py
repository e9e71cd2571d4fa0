"""Right translations and hacks of them, for `benchmarks/mt_guards.py`."""
