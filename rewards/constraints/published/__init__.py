"""The readings of published programs, their faults included."""
