"""The published architecture of Gemma 2 2B: its config.json, without weights."""
