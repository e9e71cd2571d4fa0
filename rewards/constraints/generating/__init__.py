"""Tasks with constraints that can be met together: drawn for a prompt, or derived from a reference."""
