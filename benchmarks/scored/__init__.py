"""What `benchmarks/scoring.py` has scored, and by whom."""
