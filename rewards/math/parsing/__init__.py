"""From LaTeX and plain text to a tree."""
