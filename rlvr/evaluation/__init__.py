"""Evaluation: suites as they are published, results with intervals, comparisons, contamination."""
