"""The published architecture of Qwen 2.5 72B: its config.json, without weights."""
