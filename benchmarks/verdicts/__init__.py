"""What `benchmarks/math_verdicts.py` has judged, and by whom."""
