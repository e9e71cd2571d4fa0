"""What tells languages and writing: the marks of kin, the order of words."""
