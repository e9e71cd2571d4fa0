"""The published architecture of Gemma 2 9B: its config.json, without weights."""
