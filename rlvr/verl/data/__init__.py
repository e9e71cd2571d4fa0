"""The rows that verl reads."""
