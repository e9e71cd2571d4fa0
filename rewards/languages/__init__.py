"""What rewards of several domains ask about a text: which language it is in, and what it measures in that language."""
