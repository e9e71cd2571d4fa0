"""What looks at the rewards of a run: the gate before it, and canaries in each step."""
