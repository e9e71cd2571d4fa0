"""A run: actors and where they lie, the session, the loop around every stage, the chain of stages."""
