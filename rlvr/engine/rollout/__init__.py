"""Rollouts: prompts, chat templates, generation, and episodes of several turns."""
